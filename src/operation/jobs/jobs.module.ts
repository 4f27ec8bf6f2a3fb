import { FilesModule } from '../../files/files.module.js';
import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { InboxModule } from '../../inbox/inbox.module.js';
import { MessagesModule } from '../../messages/messages.module.js';
import { CommandsModule } from '../../moderation/commands/commands.module.js';
import { ModerationModule } from '../../moderation/moderation.module.js';
import { StaffCardsModule } from '../../moderation/cards/staff-cards.module.js';
import { RulebookModule } from '../../moderation/rulebook/rulebook.module.js';
import { ForbiddenModule } from '../../moderation/forbidden/forbidden.module.js';
import { ReportsModule } from '../../moderation/reports/reports.module.js';
import { type DatabaseAddress } from '../../foundation/database/database-address.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { RedisConnection } from '../../foundation/redis/redis-connection.service.js';
import { UsersModule } from '../../users/users.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { BackupModule } from '../backup/backup.module.js';
import { EventMeters } from './event-meters.service.js';
import { JobWorker } from './job-worker.service.js';
import { ScheduledJobs } from './scheduled-jobs.js';

/** The work that is done on a clock, beside requests. */
@Module({})
export class JobsModule {
  /** @param database where the queue is when the community has no Redis */
  static forRoot(database: DatabaseAddress): DynamicModule {
    return {
      module: JobsModule,
      imports: [
        AuthModule,
        BackupModule.forRoot(database),
        CommandsModule,
        FilesModule,
        ForbiddenModule,
        InboxModule,
        MessagesModule,
        ModerationModule,
        StaffCardsModule,
        ReportsModule,
        RulebookModule,
        UsersModule,
        WebhooksModule,
      ],
      providers: [
        EventMeters,
        ScheduledJobs,
        {
          provide: JobWorker,
          inject: [ScheduledJobs, RedisConnection, Meters],
          useFactory: (jobs: ScheduledJobs, redis: RedisConnection, meters: Meters) =>
            new JobWorker(jobs.all, { databaseUrl: database.directUrl, redis: redis.place }, meters),
        },
      ],
    };
  }
}
