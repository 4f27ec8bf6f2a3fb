import { Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { WritingModule } from '../../messages/writing/writing.module.js';
import { UsersModule } from '../../users/users.module.js';
import { AccessModule } from '../access/access.module.js';
import { DefenceModule } from '../defence/defence.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { UndoModule } from '../undo/undo.module.js';
import { AppealsService } from './appeals.service.js';

/** Appeals of people against what was decided about them. */
@Module({
  imports: [AccessModule, DefenceModule, MessagesModule, QueueModule, UndoModule, UsersModule, WritingModule],
  providers: [AppealsService],
  exports: [AppealsService],
})
export class AppealsModule {}
