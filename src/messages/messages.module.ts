import { Module } from '@nestjs/common';
import { FileRecordsModule } from '../files/file-records.module.js';
import { AccessModule } from '../moderation/access.module.js';
import { ReactionsRepository } from '../reactions/reactions.repository.js';
import { MessageSignatures } from './message-signature.service.js';
import { MessagesController } from './messages.controller.js';
import { MessagesRepository } from './messages.repository.js';
import { PostingService } from './posting.service.js';
import { ReadingService } from './reading.service.js';

/** Messages: posting and reading. */
@Module({
  imports: [AccessModule, FileRecordsModule],
  controllers: [MessagesController],
  providers: [MessagesRepository, ReactionsRepository, ReadingService, PostingService, MessageSignatures],
  exports: [MessagesRepository],
})
export class MessagesModule {}
