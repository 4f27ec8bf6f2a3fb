import { Module } from '@nestjs/common';
import { InboxModule } from '../inbox/inbox.module.js';
import { AccessModule } from '../moderation/access/access.module.js';
import { GateModule } from '../moderation/gate/gate.module.js';
import { CleanUpService } from './clean-up.service.js';
import { Eraser } from './eraser.service.js';
import { DeletionService } from './deletion.service.js';
import { DeletionsController } from './deletions.controller.js';
import { MessageHistoryService } from './history.service.js';
import { EditingService } from './editing.service.js';
import { MessagesController } from './messages.controller.js';
import { PinsController } from './pins.controller.js';
import { PinsService } from './pins.service.js';
import { PostingService } from './posting.service.js';
import { ReadingService } from './reading.service.js';
import { RoomPages } from './room-pages.service.js';
import { WritingModule } from './writing/writing.module.js';

/** Messages: reading and posting, edits, deletions, pins. Their reactions go with them, so their table is here. */
@Module({
  imports: [AccessModule, GateModule, InboxModule, WritingModule],
  controllers: [MessagesController, DeletionsController, PinsController],
  providers: [
    RoomPages,
    ReadingService,
    PostingService,
    EditingService,
    Eraser,
    DeletionService,
    CleanUpService,
    PinsService,
    MessageHistoryService,
  ],
  exports: [ReadingService, MessageHistoryService, CleanUpService],
})
export class MessagesModule {}
