import { FilesModule } from '../../files/files.module.js';
import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { InboxModule } from '../../inbox/inbox.module.js';
import { MessagesModule } from '../../messages/messages.module.js';
import { ModerationModule } from '../../moderation/moderation.module.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { UsersModule } from '../../users/users.module.js';
import { EventMeters } from './event-meters.service.js';
import { JobLock } from './job-lock.js';
import { JobRunner } from './job-runner.service.js';
import { meteredJob } from './metered-job.js';
import { ScheduledJobs } from './scheduled-jobs.js';

/** The work that one of all processes does on a clock. */
@Module({})
export class JobsModule {
  /** @param databaseUrl where the processes agree on which of them it is */
  static forRoot(databaseUrl: string): DynamicModule {
    return {
      module: JobsModule,
      imports: [AuthModule, FilesModule, InboxModule, MessagesModule, ModerationModule, UsersModule],
      providers: [
        EventMeters,
        ScheduledJobs,
        {
          provide: JobRunner,
          inject: [ScheduledJobs, Meters],
          useFactory: (jobs: ScheduledJobs, meters: Meters) =>
            new JobRunner(
              jobs.all.map((job) => meteredJob(job, meters)),
              new JobLock(databaseUrl),
            ),
        },
      ],
    };
  }
}
