import { Module } from '@nestjs/common';
import { RoomDirectoryModule } from '../rooms/room-directory.module.js';
import { ActivityRepository } from './activity.repository.js';
import { ActivityService } from './activity.service.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

/** Session IDs, the adoption of blinded ones, and when users were active. */
@Module({
  imports: [RoomDirectoryModule],
  providers: [UsersRepository, UsersService, ActivityRepository, ActivityService],
  exports: [UsersRepository, UsersService, ActivityRepository, ActivityService],
})
export class UsersModule {}
