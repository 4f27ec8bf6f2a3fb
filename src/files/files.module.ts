import { Module } from '@nestjs/common';
import { AccessModule } from '../moderation/access/access.module.js';
import { GateModule } from '../moderation/gate/gate.module.js';
import { FileSweeperService } from './file-sweeper.service.js';
import { FilesController } from './files.controller.js';
import { FilesService } from './files.service.js';
import { Disk } from './storage/disk.service.js';
import { FileStorage } from './storage/file-storage.js';
import { IncomingFolder } from './storage/incoming-folder.js';
import { LocalFileStorage } from './storage/local-file-storage.js';
import { UploadSpool } from './storage/upload-spool.js';
import { UploadQuotas } from './upload-quotas.service.js';

/** Uploads and downloads, where their bytes lie, and how they go. */
@Module({
  imports: [AccessModule, GateModule],
  controllers: [FilesController],
  providers: [
    Disk,
    IncomingFolder,
    UploadSpool,
    { provide: FileStorage, useClass: LocalFileStorage },
    FilesService,
    UploadQuotas,
    FileSweeperService,
  ],
  exports: [Disk, FileStorage, FilesService, FileSweeperService, UploadSpool],
})
export class FilesModule {}
