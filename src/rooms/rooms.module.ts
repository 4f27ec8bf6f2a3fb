import { Module } from '@nestjs/common';
import { AccessModule } from '../moderation/access/access.module.js';
import { RoomUpdateService } from './room-update.service.js';
import { RoomsController } from './rooms.controller.js';
import { RoomsService } from './rooms.service.js';

/** Rooms, their details and pollInfo. */
@Module({
  imports: [AccessModule],
  controllers: [RoomsController],
  providers: [RoomsService, RoomUpdateService],
  exports: [RoomsService, RoomUpdateService],
})
export class RoomsModule {}
