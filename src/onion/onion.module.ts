import { Module } from '@nestjs/common';
import { DispatchModule } from '../dispatch/dispatch.module.js';
import { OnionController } from './onion.controller.js';
import { OnionService } from './onion.service.js';

/** `POST /oxen/v4/lsrpc` and its older version. */
@Module({
  imports: [DispatchModule],
  controllers: [OnionController],
  providers: [OnionService],
})
export class OnionModule {}
