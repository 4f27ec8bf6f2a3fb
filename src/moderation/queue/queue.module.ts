import { Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { AccessModule } from '../access/access.module.js';
import { QueueService } from './queue.service.js';

/** Messages that wait for a moderator. */
@Module({
  imports: [AccessModule, MessagesModule],
  providers: [QueueService],
  exports: [QueueService],
})
export class QueueModule {}
