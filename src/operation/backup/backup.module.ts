import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { type DatabaseAddress } from '../../foundation/database/database-address.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { FilesModule } from '../../files/files.module.js';
import { FileStorage } from '../../files/storage/file-storage.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { BackupRunsRepository } from '../../records/backups/backup-runs.repository.js';
import { BackupJob } from './backup-job.service.js';

/** Backups that are made by themselves. */
@Module({})
export class BackupModule {
  /** @param database that is backed up */
  static forRoot(database: DatabaseAddress): DynamicModule {
    return {
      module: BackupModule,
      imports: [FilesModule],
      providers: [
        {
          provide: BackupJob,
          inject: [Settings, Clock, ServerIdentity, FileStorage, BackupRunsRepository, Meters],
          useFactory: (
            settings: Settings,
            clock: Clock,
            identity: ServerIdentity,
            storage: FileStorage,
            runs: BackupRunsRepository,
            meters: Meters,
          ) => new BackupJob(settings, clock, identity, storage, runs, database.directUrl, meters),
        },
      ],
      exports: [BackupJob],
    };
  }
}
