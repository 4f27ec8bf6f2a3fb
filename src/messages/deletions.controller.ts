import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../auth/endpoint.js';
import { json, type Reply } from '../protocol/requests/reply.js';
import { DeletionService } from './deletion.service.js';
import {
  authorInRoomParams,
  type AuthorInRoomParams,
  authorParams,
  type AuthorParams,
  messageParams,
  type MessageParams,
} from './message.dto.js';

/** Deleting messages (protocol 6). */
@Controller()
export class DeletionsController {
  constructor(private readonly deletion: DeletionService) {}

  @Endpoint({
    method: 'DELETE',
    path: '/room/:room/message/:message',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Deletes a message',
    answers: [200, 403, 404],
    params: messageParams,
  })
  async one({ caller, params, once }: Call<'user', MessageParams>): Promise<Reply> {
    return once(async (tx) => {
      await this.deletion.one(tx, params.room, caller, params.message);
      return json({});
    });
  }

  @Endpoint({
    method: 'DELETE',
    path: '/room/:room/all/:author',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Deletes everything that a user posted and uploaded to a room',
    answers: [200, 403, 404],
    params: authorInRoomParams,
  })
  async allInRoom({ caller, params, once }: Call<'user', AuthorInRoomParams>): Promise<Reply> {
    return once(async (tx) => {
      await this.deletion.allInRoom(tx, params.room, caller, params.author);
      return json({});
    });
  }

  @Endpoint({
    method: 'DELETE',
    path: '/rooms/all/:author',
    caller: 'user',
    repeats: 'steps',
    summary: 'Deletes everything that a user posted and uploaded, in every room where the caller may',
    answers: [200, 404],
    params: authorParams,
  })
  async allEverywhere({ caller, params }: Call<'user', AuthorParams>): Promise<Reply> {
    return json(await this.deletion.allEverywhere(caller, params.author));
  }
}
