import { Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { WritingModule } from '../../messages/writing/writing.module.js';
import { DefenceModule } from '../defence/defence.module.js';
import { ModerationModule } from '../moderation.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { ReportDecisions } from './report-decisions.service.js';
import { ReportList } from './report-list.service.js';
import { ReportsService } from './reports.service.js';

/** Reports of messages by members. */
@Module({
  imports: [DefenceModule, MessagesModule, ModerationModule, QueueModule, WritingModule],
  providers: [ReportsService, ReportDecisions, ReportList],
  exports: [ReportsService, ReportList],
})
export class ReportsModule {}
