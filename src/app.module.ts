import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ApiDocsModule } from './api-docs/api-docs.module.js';
import { BatchModule } from './batch/batch.module.js';
import { CapabilitiesModule } from './capabilities/capabilities.module.js';
import { DispatchModule } from './dispatch/dispatch.module.js';
import { PlainTextFilter } from './errors/plain-text.filter.js';
import { FilesModule } from './files/files.module.js';
import { FoundationModule, type ProcessResources } from './foundation.module.js';
import { HealthModule } from './health/health.module.js';
import { InboxModule } from './inbox/inbox.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { MessagesModule } from './messages/messages.module.js';
import { ModerationModule } from './moderation/moderation.module.js';
import { OnionModule } from './onion/onion.module.js';
import { ReactionsModule } from './reactions/reactions.module.js';
import { RoomsModule } from './rooms/rooms.module.js';
import { WebModule } from './web/web.module.js';

/** The server: the list of its modules. */
@Module({})
export class AppModule {
  static forRoot(resources: ProcessResources): DynamicModule {
    return {
      module: AppModule,
      imports: [
        FoundationModule.forRoot(resources),
        LimitsModule,
        DispatchModule,
        OnionModule,
        BatchModule,
        CapabilitiesModule,
        RoomsModule,
        MessagesModule,
        ModerationModule,
        ReactionsModule,
        InboxModule,
        FilesModule,
        JobsModule.forRoot(resources.databaseUrl),
        ApiDocsModule,
        HealthModule,
        WebModule,
      ],
      providers: [{ provide: APP_FILTER, useClass: PlainTextFilter }],
    };
  }
}
