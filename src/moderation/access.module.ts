import { Module } from '@nestjs/common';
import { RoomDirectoryModule } from '../rooms/room-directory.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuditModule } from './audit.module.js';
import { RoomAccess } from './room-access.service.js';

/** Who may do what in a room, and the log of what they did; with it come the rooms and users that it speaks of. */
@Module({
  imports: [RoomDirectoryModule, UsersModule, AuditModule],
  providers: [RoomAccess],
  exports: [RoomAccess, RoomDirectoryModule, UsersModule, AuditModule],
})
export class AccessModule {}
