import { Module } from '@nestjs/common';
import { UsersModule } from '../../users/users.module.js';
import { AuditLogService } from './audit-log.service.js';
import { RoomAccess } from './room-access.service.js';

/** Who may do what in a room, and the log of what they did; with it come the users that it speaks of. */
@Module({
  imports: [UsersModule],
  providers: [RoomAccess, AuditLogService],
  exports: [RoomAccess, AuditLogService, UsersModule],
})
export class AccessModule {}
