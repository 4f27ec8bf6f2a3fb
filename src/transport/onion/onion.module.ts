import { Module } from '@nestjs/common';
import { DispatchModule } from '../dispatch/dispatch.module.js';
import { OnionEdge } from './onion-edge.service.js';
import { OnionService } from './onion.service.js';
import { ReplyMemory } from './reply-memory.js';

/** `POST /oxen/v4/lsrpc` and its older version. */
@Module({
  imports: [DispatchModule],
  providers: [OnionService, OnionEdge, ReplyMemory],
})
export class OnionModule {}
