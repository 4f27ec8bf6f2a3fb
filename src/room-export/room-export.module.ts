import { Module } from '@nestjs/common';
import { RoomDirectoryModule } from '../rooms/room-directory.module.js';
import { RoomExportRepository } from './room-export.repository.js';
import { RoomExportService } from './room-export.service.js';

/** Rooms as archives keep them. */
@Module({
  imports: [RoomDirectoryModule],
  providers: [RoomExportService, RoomExportRepository],
  exports: [RoomExportService],
})
export class RoomExportModule {}
