import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../auth/endpoint.js';
import { json, jsonText, type Reply } from '../protocol/requests/reply.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { roomParams, type RoomParams } from '../protocol/requests/path.schemas.js';
import {
  editBody,
  type EditBody,
  messageParams,
  type MessageParams,
  pageQuery,
  type PageQuery,
  postBody,
  type PostBody,
  sinceParams,
  type SinceParams,
  sinceQuery,
  type SinceQuery,
  singleQuery,
  type SingleQuery,
} from './message.dto.js';
import { EditingService } from './editing.service.js';
import { PostingService } from './posting.service.js';
import { ReadingService } from './reading.service.js';

/** Posting and reading messages (protocol 6). */
@Controller()
export class MessagesController {
  constructor(
    private readonly reading: ReadingService,
    private readonly posting: PostingService,
    private readonly editing: EditingService,
  ) {}

  @Endpoint({
    method: 'GET',
    path: '/room/:room/messages/since/:seqno',
    caller: 'anyone',
    summary: 'What happened in a room after a seqno: posts, edits, deletions, reactions',
    answers: [200, 403, 404],
    params: sinceParams,
    query: sinceQuery,
  })
  since({ caller, params, query }: Call<'anyone', SinceParams, SinceQuery>): Eventual<Reply> {
    return andThen(this.reading.since(params.room, caller, params.seqno, query), jsonText);
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/messages/recent',
    caller: 'anyone',
    summary: 'The newest messages of a room, newest first',
    answers: [200, 403, 404],
    params: roomParams,
    query: pageQuery,
  })
  async recent({ caller, params, query }: Call<'anyone', RoomParams, PageQuery>): Promise<Reply> {
    return jsonText(await this.reading.recent(params.room, caller, query));
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/messages/before/:message',
    caller: 'anyone',
    summary: 'The newest messages before a message, newest first',
    answers: [200, 403, 404],
    params: messageParams,
    query: pageQuery,
  })
  async before({ caller, params, query }: Call<'anyone', MessageParams, PageQuery>): Promise<Reply> {
    return json(await this.reading.before(params.room, caller, params.message, query));
  }

  @Endpoint({
    method: 'GET',
    path: '/room/:room/message/:message',
    caller: 'anyone',
    summary: 'One message',
    answers: [200, 403, 404],
    params: messageParams,
    query: singleQuery,
  })
  async single({ caller, params, query }: Call<'anyone', MessageParams, SingleQuery>): Promise<Reply> {
    return json(await this.reading.single(params.room, caller, params.message, query));
  }

  @Endpoint({
    method: 'POST',
    path: '/room/:room/message',
    caller: 'user',
    repeats: 'post',
    summary: 'Posts a message',
    addsData: true,
    answers: [201, 403, 404, 413, 429, 507],
    params: roomParams,
    body: postBody,
  })
  async post({ caller, params, body, proof }: Call<'user', RoomParams, unknown, PostBody>): Promise<Reply> {
    return json(await this.posting.post(params.room, caller, body, proof), 201);
  }

  @Endpoint({
    method: 'PUT',
    path: '/room/:room/message/:message',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Replaces what a message says',
    addsData: true,
    answers: [200, 403, 404, 413, 507],
    params: messageParams,
    body: editBody,
  })
  async edit({ caller, params, body, once }: Call<'user', MessageParams, unknown, EditBody>): Promise<Reply> {
    const edit = await this.editing.prepare(caller, body);
    return once(async (tx) => {
      await this.editing.edit(tx, params.room, params.message, edit);
      return json({});
    });
  }
}
