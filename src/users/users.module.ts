import { Module } from '@nestjs/common';
import { ActivityService } from './activity.service.js';
import { UsersService } from './users.service.js';

/** Session IDs, the adoption of blinded ones, and when users were active. */
@Module({
  providers: [UsersService, ActivityService],
  exports: [UsersService, ActivityService],
})
export class UsersModule {}
