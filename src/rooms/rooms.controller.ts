import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../auth/endpoint.js';
import { json, jsonText, type Reply } from '../protocol/requests/reply.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { roomParams, type RoomParams } from '../protocol/requests/path.schemas.js';
import { pollInfoParams, type PollInfoParams, roomUpdateBody, type RoomUpdateBody } from './room.dto.js';
import { RoomUpdateService } from './room-update.service.js';
import { RoomsService } from './rooms.service.js';

/** Reading and changing rooms (protocol 6, 7.1, 7.2). */
@Controller()
export class RoomsController {
  constructor(
    private readonly rooms: RoomsService,
    private readonly updates: RoomUpdateService,
  ) {}

  @Endpoint({
    method: 'GET',
    path: '/rooms',
    caller: 'anyone',
    summary: 'The rooms that the caller can access',
    answers: [200],
  })
  async list({ caller }: Call<'anyone'>): Promise<Reply> {
    return json(await this.rooms.list(caller));
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room',
    caller: 'anyone',
    summary: 'The details of a room',
    answers: [200, 404],
    params: roomParams,
  })
  async details({ caller, params }: Call<'anyone', RoomParams>): Promise<Reply> {
    return json(await this.rooms.details(params.room, caller));
  }

  @Endpoint({
    method: 'PUT',
    path: '/room/:room',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Changes the name, description, image and default permissions of a room',
    answers: [200, 403, 404, 406],
    params: roomParams,
    body: roomUpdateBody,
  })
  async update({
    caller,
    params,
    body,
    once,
  }: Call<'user', RoomParams, unknown, RoomUpdateBody>): Promise<Reply> {
    return once(async (tx) =>
      json({ info_updates: await this.updates.update(tx, caller, params.room, body) }),
    );
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/pollInfo/:infoUpdates',
    caller: 'anyone',
    summary: 'What changes often in a room, and its details when they have changed',
    answers: [200, 403, 404],
    params: pollInfoParams,
  })
  pollInfo({ caller, params }: Call<'anyone', PollInfoParams>): Eventual<Reply> {
    return andThen(this.rooms.pollInfo(params.room, caller, params.infoUpdates), jsonText);
  }
}
