import { Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { RoomsModule } from '../../rooms/rooms.module.js';
import { ModerationModule } from '../moderation.module.js';
import { DefenceModule } from '../defence/defence.module.js';
import { RaidModule } from '../raids/raid.module.js';
import { FileUndoings } from './file-undoings.service.js';
import { ForbiddenModule } from '../forbidden/forbidden.module.js';
import { MessageUndoings } from './message-undoings.service.js';
import { RulebookModule } from '../rulebook/rulebook.module.js';
import { RaidUndoings } from './raid-undoings.service.js';
import { RoomUndoings } from './room-undoings.service.js';
import { RuleUndoings } from './rule-undoings.service.js';
import { StandingUndoings } from './standing-undoings.service.js';
import { UndoService } from './undo.service.js';

/** Taking back what staff did. */
@Module({
  imports: [
    DefenceModule,
    ForbiddenModule,
    ModerationModule,
    MessagesModule,
    RaidModule,
    RoomsModule,
    RulebookModule,
  ],
  providers: [
    StandingUndoings,
    MessageUndoings,
    RaidUndoings,
    RoomUndoings,
    RuleUndoings,
    FileUndoings,
    UndoService,
  ],
  exports: [UndoService],
})
export class UndoModule {}
