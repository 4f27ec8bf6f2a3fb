import { Module } from '@nestjs/common';
import { InboxModule } from '../inbox/inbox.module.js';
import { AccessModule } from '../moderation/access/access.module.js';
import { DefenceModule } from '../moderation/defence/defence.module.js';
import { GateModule } from '../moderation/gate/gate.module.js';
import { MessageReferences } from './message-references.service.js';
import { CardsModule } from './cards/cards.module.js';
import { ChallengesModule } from './challenges/challenges.module.js';
import { CommandDesk } from './command-desk.service.js';
import { CleanUpService } from './clean-up.service.js';
import { DeletionService } from './deletion.service.js';
import { DeletionsController } from './deletions.controller.js';
import { MessageHistoryService } from './history.service.js';
import { EditWriter } from './edit-writer.service.js';
import { EditingService } from './editing.service.js';
import { HeldEdits } from './held-edits.service.js';
import { HeldExpiry } from './held-expiry.service.js';
import { MessagesController } from './messages.controller.js';
import { PinsController } from './pins.controller.js';
import { PinsService } from './pins.service.js';
import { PublicationModule } from './publication/publication.module.js';
import { PostingService } from './posting.service.js';
import { Retention } from './retention.service.js';
import { StorageWatch } from './storage-watch.service.js';
import { ReadingService } from './reading.service.js';
import { RoomPages } from './room-pages.service.js';
import { RaidsModule } from './raids/raids.module.js';
import { SayingService } from './saying.service.js';
import { SearchService } from './search/search.service.js';
import { WordReader } from './search/word-reader.service.js';
import { WritingModule } from './writing/writing.module.js';

/** Messages: reading and posting, edits, deletions, pins. Their reactions go with them, so their table is here. */
@Module({
  imports: [
    AccessModule,
    CardsModule,
    ChallengesModule,
    DefenceModule,
    GateModule,
    InboxModule,
    PublicationModule,
    RaidsModule,
    WritingModule,
  ],
  controllers: [MessagesController, DeletionsController, PinsController],
  providers: [
    RoomPages,
    MessageReferences,
    SearchService,
    WordReader,
    ReadingService,
    CommandDesk,
    PostingService,
    EditingService,
    EditWriter,
    HeldEdits,
    HeldExpiry,
    DeletionService,
    CleanUpService,
    PinsService,
    MessageHistoryService,
    Retention,
    SayingService,
    StorageWatch,
  ],
  exports: [
    Retention,
    SayingService,
    StorageWatch,
    DeletionService,
    CardsModule,
    ChallengesModule,
    RaidsModule,
    PublicationModule,
    MessageReferences,
    SearchService,
    WordReader,
    ReadingService,
    PinsService,
    MessageHistoryService,
    CleanUpService,
    CommandDesk,
    DeletionService,
    WritingModule,
    HeldEdits,
    HeldExpiry,
  ],
})
export class MessagesModule {}
