import { Module } from '@nestjs/common';
import { AccessModule } from '../moderation/access.module.js';
import { RoomsController } from './rooms.controller.js';
import { RoomsService } from './rooms.service.js';

/** Rooms, their details and pollInfo. */
@Module({
  imports: [AccessModule],
  controllers: [RoomsController],
  providers: [RoomsService],
  exports: [RoomsService],
})
export class RoomsModule {}
