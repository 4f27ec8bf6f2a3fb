import { Module } from '@nestjs/common';
import { UsersModule } from '../../users/users.module.js';
import { RoomAccess } from './room-access.service.js';

/** Decides who may do what in a room; with it come the users that it speaks of. */
@Module({
  imports: [UsersModule],
  providers: [RoomAccess],
  exports: [RoomAccess, UsersModule],
})
export class AccessModule {}
