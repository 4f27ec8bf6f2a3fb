import { Module } from '@nestjs/common';
import { RoomExportRepository } from './room-export.repository.js';
import { RoomExportService } from './room-export.service.js';

/** Rooms as archives keep them. */
@Module({
  providers: [RoomExportService, RoomExportRepository],
  exports: [RoomExportService],
})
export class RoomExportModule {}
