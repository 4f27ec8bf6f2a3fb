import { Module } from '@nestjs/common';
import { Disk } from './disk.service.js';
import { FileStorage } from './file-storage.js';
import { IncomingFolder } from './incoming-folder.js';
import { LocalFileStorage } from './local-file-storage.js';
import { UploadSpool } from './upload-spool.js';

/** Where the bytes of files live, and how they get there. */
@Module({
  providers: [Disk, IncomingFolder, UploadSpool, { provide: FileStorage, useClass: LocalFileStorage }],
  exports: [Disk, FileStorage, IncomingFolder, UploadSpool],
})
export class FileStorageModule {}
