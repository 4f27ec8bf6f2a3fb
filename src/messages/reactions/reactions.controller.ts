import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../../auth/endpoint.js';
import { json, type Reply } from '../../protocol/requests/reply.js';
import {
  reactionParams,
  type ReactionParams,
  reactionsParams,
  type ReactionsParams,
  reactorsQuery,
  type ReactorsQuery,
} from './reaction.dto.js';
import { ReactionsService } from './reactions.service.js';

/** Reactions (protocol 6). Some clients send a body, which says nothing. */
@Controller()
export class ReactionsController {
  constructor(private readonly reactions: ReactionsService) {}

  @Endpoint({
    method: 'PUT',
    path: '/room/:room/reaction/:message/*',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Adds a reaction of the caller to a message',
    addsData: true,
    answers: [200, 403, 404, 409, 429, 507],
    params: reactionParams,
  })
  async add({ caller, params, once }: Call<'user', ReactionParams>): Promise<Reply> {
    const reaction = await this.reactions.prepare(params, caller, false);
    return once(async (tx) => json(await this.reactions.add(tx, params.room, reaction)));
  }

  @Endpoint({
    method: 'DELETE',
    path: '/room/:room/reaction/:message/*',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Removes a reaction of the caller from a message',
    answers: [200, 403, 404, 429],
    params: reactionParams,
  })
  async remove({ caller, params, once }: Call<'user', ReactionParams>): Promise<Reply> {
    const reaction = await this.reactions.prepare(params, caller, true);
    return once(async (tx) => json(await this.reactions.remove(tx, params.room, reaction)));
  }

  @Endpoint({
    method: 'DELETE',
    path: '/room/:room/reactions/:message/*',
    caller: 'user',
    repeats: 'transaction',
    summary: "Removes everyone's reactions of one kind from a message",
    answers: [200, 403, 404],
    params: reactionParams,
  })
  async removeKind({ caller, params, once }: Call<'user', ReactionParams>): Promise<Reply> {
    return once(async (tx) => json(await this.reactions.removeAll(tx, params, caller)));
  }

  @Endpoint({
    method: 'DELETE',
    path: '/room/:room/reactions/:message',
    caller: 'user',
    repeats: 'transaction',
    summary: "Removes everyone's reactions from a message",
    answers: [200, 403, 404],
    params: reactionsParams,
  })
  async removeAll({ caller, params, once }: Call<'user', ReactionsParams>): Promise<Reply> {
    return once(async (tx) => json(await this.reactions.removeAll(tx, params, caller)));
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/reactors/:message/*',
    caller: 'anyone',
    summary: 'Who reacted so to a message, and when',
    answers: [200, 403, 404],
    params: reactionParams,
    query: reactorsQuery,
  })
  async reactors({ caller, params, query }: Call<'anyone', ReactionParams, ReactorsQuery>): Promise<Reply> {
    return json(await this.reactions.reactors(params, caller, query.limit));
  }
}
