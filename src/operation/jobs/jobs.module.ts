import { FilesModule } from '../../files/files.module.js';
import { type DynamicModule, Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { InboxModule } from '../../inbox/inbox.module.js';
import { MessagesModule } from '../../messages/messages.module.js';
import { ModerationModule } from '../../moderation/moderation.module.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { UsersModule } from '../../users/users.module.js';
import { EventMeters } from './event-meters.service.js';
import { JobWorker } from './job-worker.service.js';
import { type QueueAddress } from './queue-address.js';
import { ScheduledJobs } from './scheduled-jobs.js';

/** The work that is done on a clock, beside requests. */
@Module({})
export class JobsModule {
  /** @param address where the processes of the community have their queue */
  static forRoot(address: QueueAddress): DynamicModule {
    return {
      module: JobsModule,
      imports: [AuthModule, FilesModule, InboxModule, MessagesModule, ModerationModule, UsersModule],
      providers: [
        EventMeters,
        ScheduledJobs,
        {
          provide: JobWorker,
          inject: [ScheduledJobs, Meters],
          useFactory: (jobs: ScheduledJobs, meters: Meters) => new JobWorker(jobs.all, address, meters),
        },
      ],
    };
  }
}
