import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../auth/endpoint.js';
import { json, type Reply } from '../protocol/requests/reply.js';
import { roomParams, type RoomParams } from '../protocol/requests/path.schemas.js';
import { messageParams, type MessageParams } from './message.dto.js';
import { PinsService } from './pins.service.js';

/** Pinning and unpinning messages (protocol 6). Some clients send a body, which says nothing. */
@Controller()
export class PinsController {
  constructor(private readonly pins: PinsService) {}

  @Endpoint({
    method: 'POST',
    path: '/room/:room/pin/:message',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Pins a message',
    answers: [200, 403, 404, 409],
    params: messageParams,
  })
  async pin({ caller, params, once }: Call<'user', MessageParams>): Promise<Reply> {
    return once(async (tx) => json(await this.pins.pin(tx, params.room, caller, params.message)));
  }

  @Endpoint({
    method: 'POST',
    path: '/room/:room/unpin/:message',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Unpins a message',
    answers: [200, 403, 404],
    params: messageParams,
  })
  async unpin({ caller, params, once }: Call<'user', MessageParams>): Promise<Reply> {
    return once(async (tx) => json(await this.pins.unpin(tx, params.room, caller, params.message)));
  }

  @Endpoint({
    method: 'POST',
    path: '/room/:room/unpin/all',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Unpins every message of a room',
    answers: [200, 403, 404],
    params: roomParams,
  })
  async unpinAll({ caller, params, once }: Call<'user', RoomParams>): Promise<Reply> {
    return once(async (tx) => json(await this.pins.unpinAll(tx, params.room, caller)));
  }
}
