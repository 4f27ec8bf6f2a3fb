import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ApiDocsModule } from '../transport/api-docs/api-docs.module.js';
import { BatchModule } from '../transport/batch/batch.module.js';
import { CapabilitiesModule } from '../transport/capabilities/capabilities.module.js';
import { DispatchModule } from '../transport/dispatch/dispatch.module.js';
import { PlainTextFilter } from '../transport/plain-text.filter.js';
import { FilesModule } from '../files/files.module.js';
import { type ProcessResources, RecordsModule } from '../records/records.module.js';
import { HealthModule } from '../transport/health/health.module.js';
import { InboxModule } from '../inbox/inbox.module.js';
import { JobsModule } from '../operation/jobs/jobs.module.js';
import { MachinesModule } from '../operation/machines/machines.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { ModerationModule } from '../moderation/moderation.module.js';
import { OnionModule } from '../transport/onion/onion.module.js';
import { CommandsModule } from '../moderation/commands/commands.module.js';
import { QueueModule } from '../moderation/queue/queue.module.js';
import { RaidModule } from '../moderation/raids/raid.module.js';
import { StaffCardsModule } from '../moderation/cards/staff-cards.module.js';
import { AppealsModule } from '../moderation/appeals/appeals.module.js';
import { ReportsModule } from '../moderation/reports/reports.module.js';
import { UndoModule } from '../moderation/undo/undo.module.js';
import { ReactionsModule } from '../messages/reactions/reactions.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { WebModule } from '../web/web.module.js';

/** The server: the list of its modules. */
@Module({})
export class AppModule {
  static forRoot(resources: ProcessResources): DynamicModule {
    return {
      module: AppModule,
      imports: [
        RecordsModule.forRoot(resources),
        DispatchModule,
        OnionModule,
        BatchModule,
        CapabilitiesModule,
        RoomsModule,
        MessagesModule,
        ModerationModule,
        CommandsModule,
        QueueModule,
        UndoModule,
        RaidModule,
        StaffCardsModule,
        ReportsModule,
        AppealsModule,
        ReactionsModule,
        InboxModule,
        FilesModule,
        JobsModule.forRoot(resources.database),
        ApiDocsModule,
        HealthModule,
        MachinesModule,
        WebModule,
      ],
      providers: [{ provide: APP_FILTER, useClass: PlainTextFilter }],
    };
  }
}
