import { Module } from '@nestjs/common';
import { RoomDirectoryModule } from '../rooms/room-directory.module.js';
import { FileRecordsModule } from './file-records.module.js';
import { FileSweeperService } from './file-sweeper.service.js';
import { FileStorageModule } from './storage/file-storage.module.js';

/** The end of files, for whatever runs on a clock. */
@Module({
  imports: [RoomDirectoryModule, FileRecordsModule, FileStorageModule],
  providers: [FileSweeperService],
  exports: [FileSweeperService],
})
export class FileSweeperModule {}
