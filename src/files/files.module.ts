import { Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { Settings } from '../foundation/config/settings.js';
import { Meters } from '../foundation/metrics/meters.service.js';
import { AccessModule } from '../moderation/access/access.module.js';
import { GateModule } from '../moderation/gate/gate.module.js';
import { FileSweeperService } from './file-sweeper.service.js';
import { FilesController } from './files.controller.js';
import { FilesService } from './files.service.js';
import { PreservedFolder } from './preserved/preserved-folder.service.js';
import { Disk } from './storage/disk.service.js';
import { FileStorage } from './storage/file-storage.js';
import { IncomingFolder } from './storage/incoming-folder.js';
import { type OpenStorage, openStorage } from './storage/open-file-storage.js';
import { UploadSpool } from './storage/upload-spool.js';
import { NewcomerQuotas } from './newcomer-quotas.service.js';
import { StorageQuotas } from './storage-quotas.service.js';
import { UploadQuotas } from './upload-quotas.service.js';

const OPEN_STORAGE = Symbol('open storage');

/** Closes the storage once no request uses it any more. */
@Injectable()
class StorageEnd implements OnApplicationShutdown {
  constructor(@Inject(OPEN_STORAGE) private readonly storage: OpenStorage) {}

  onApplicationShutdown(): void {
    this.storage.close();
  }
}

/** Uploads and downloads, where their bytes lie, and how they go. */
@Module({
  imports: [AccessModule, GateModule],
  controllers: [FilesController],
  providers: [
    Disk,
    IncomingFolder,
    UploadSpool,
    {
      provide: OPEN_STORAGE,
      inject: [Settings, Clock, IncomingFolder, Meters],
      useFactory: (settings: Settings, clock: Clock, incoming: IncomingFolder, meters: Meters) =>
        openStorage({ settings, clock, incoming, meters }),
    },
    { provide: FileStorage, inject: [OPEN_STORAGE], useFactory: ({ all }: OpenStorage) => all },
    StorageEnd,
    FilesService,
    UploadQuotas,
    NewcomerQuotas,
    StorageQuotas,
    FileSweeperService,
    PreservedFolder,
  ],
  exports: [Disk, PreservedFolder, FileStorage, FilesService, FileSweeperService, UploadSpool],
})
export class FilesModule {}
