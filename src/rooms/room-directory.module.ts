import { Module } from '@nestjs/common';
import { RoomDirectory } from './room-directory.service.js';
import { RoomsRepository } from './rooms.repository.js';

/** Rooms as everyone else needs them: found, cached, locked. */
@Module({
  providers: [RoomsRepository, RoomDirectory],
  exports: [RoomsRepository, RoomDirectory],
})
export class RoomDirectoryModule {}
