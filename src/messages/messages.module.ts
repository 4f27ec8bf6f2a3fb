import { Module } from '@nestjs/common';
import { FileRecordsModule } from '../files/file-records.module.js';
import { InboxModule } from '../inbox/inbox.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { AccessModule } from '../moderation/access.module.js';
import { CleanUpRepository } from './clean-up.repository.js';
import { CleanUpService } from './clean-up.service.js';
import { Eraser } from './eraser.service.js';
import { DeletionService } from './deletion.service.js';
import { DeletionsController } from './deletions.controller.js';
import { MessageHistoryService } from './history.service.js';
import { MessageChangesRepository } from './message-changes.repository.js';
import { MessageHistoryRepository } from './message-history.repository.js';
import { EditingService } from './editing.service.js';
import { MessageContents } from './message-contents.service.js';
import { RepeatedPostsRepository } from './repeated-posts.repository.js';
import { MessageWriter } from './message-writer.service.js';
import { MessagesController } from './messages.controller.js';
import { MessagesRepository } from './messages.repository.js';
import { PinsController } from './pins.controller.js';
import { PinsRepository } from './pins.repository.js';
import { PinsService } from './pins.service.js';
import { PostingService } from './posting.service.js';
import { ReactionsRepository } from './reactions.repository.js';
import { ReadingService } from './reading.service.js';
import { RoomPages } from './room-pages.service.js';
import { ServerAuthor } from './server-author.service.js';

/** Messages: reading and posting, edits, deletions, pins. Their reactions go with them, so their table is here. */
@Module({
  imports: [LimitsModule, AccessModule, FileRecordsModule, InboxModule],
  controllers: [MessagesController, DeletionsController, PinsController],
  providers: [
    MessagesRepository,
    MessageChangesRepository,
    MessageHistoryRepository,
    PinsRepository,
    ReactionsRepository,
    RoomPages,
    ReadingService,
    MessageContents,
    MessageWriter,
    RepeatedPostsRepository,
    PostingService,
    EditingService,
    Eraser,
    DeletionService,
    CleanUpRepository,
    CleanUpService,
    PinsService,
    ServerAuthor,
    MessageHistoryService,
  ],
  exports: [
    MessagesRepository,
    MessageChangesRepository,
    ReactionsRepository,
    ReadingService,
    ServerAuthor,
    MessageHistoryService,
    CleanUpService,
  ],
})
export class MessagesModule {}
