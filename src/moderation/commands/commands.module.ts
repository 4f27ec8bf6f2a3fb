import { Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { RoomsModule } from '../../rooms/rooms.module.js';
import { AppealsModule } from '../appeals/appeals.module.js';
import { ReportsModule } from '../reports/reports.module.js';
import { DefenceModule } from '../defence/defence.module.js';
import { ForbiddenModule } from '../forbidden/forbidden.module.js';
import { InvitationsModule } from '../invitations/invitations.module.js';
import { ModerationModule } from '../moderation.module.js';
import { PurgeModule } from '../purge/purge.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { RaidModule } from '../raids/raid.module.js';
import { RulebookModule } from '../rulebook/rulebook.module.js';
import { UndoModule } from '../undo/undo.module.js';
import { CommandRunner } from './command-runner.service.js';
import { CommandTable } from './command-table.service.js';
import { CommandsService } from './commands.service.js';
import { Interpreter } from './interpreter.service.js';
import { MemberCommands } from './member-commands.service.js';
import { MessageCommands } from './message-commands.service.js';
import { PeopleCommands } from './people-commands.service.js';
import { RecordCommands } from './record-commands.service.js';
import { RuleCommands } from './rule-commands.service.js';
import { RoomCommands } from './room-commands.service.js';
import { SubjectsService } from './subjects.service.js';

/** Commands that staff and members give by posting. */
@Module({
  imports: [
    AppealsModule,
    DefenceModule,
    ForbiddenModule,
    InvitationsModule,
    MessagesModule,
    ModerationModule,
    PurgeModule,
    QueueModule,
    RaidModule,
    ReportsModule,
    RoomsModule,
    RulebookModule,
    UndoModule,
  ],
  providers: [
    CommandTable,
    PeopleCommands,
    MessageCommands,
    RoomCommands,
    RuleCommands,
    RecordCommands,
    MemberCommands,
    SubjectsService,
    Interpreter,
    CommandRunner,
    CommandsService,
  ],
  exports: [CommandRunner, CommandTable, Interpreter],
})
export class CommandsModule {}
