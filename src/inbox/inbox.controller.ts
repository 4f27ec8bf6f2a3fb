import { Controller } from '@nestjs/common';
import { type Call, Endpoint } from '../auth/endpoint.js';
import { json, notModified, type Reply } from '../protocol/requests/reply.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { type DirectMessageView } from './direct-message.views.js';
import {
  boxQuery,
  type BoxQuery,
  recipientParams,
  type RecipientParams,
  sendBody,
  type SendBody,
  inboxSinceParams,
  type InboxSinceParams,
} from './inbox.dto.js';
import { InboxService } from './inbox.service.js';

/** Direct messages (protocol 6). */
@Controller()
export class InboxController {
  constructor(private readonly inbox: InboxService) {}

  @Endpoint({
    method: 'GET',
    path: '/inbox',
    caller: 'blinded user',
    summary: 'Direct messages that the caller received, oldest first',
    answers: [200],
    query: boxQuery,
  })
  async received({ caller, query }: Call<'blinded user', unknown, BoxQuery>): Promise<Reply> {
    return json(await this.inbox.read('inbox', caller, query.limit));
  }

  @Endpoint({
    method: 'GET',
    path: '/inbox/since/:message',
    caller: 'blinded user',
    summary: 'Direct messages that the caller received after the one with this id',
    answers: [200, 304],
    params: inboxSinceParams,
    query: boxQuery,
  })
  receivedSince({
    caller,
    params,
    query,
  }: Call<'blinded user', InboxSinceParams, BoxQuery>): Eventual<Reply> {
    return andThen(this.inbox.readSince('inbox', caller, params.message, query.limit), news);
  }

  @Endpoint({
    method: 'GET',
    path: '/outbox',
    caller: 'blinded user',
    summary: 'Direct messages that the caller sent, oldest first',
    answers: [200],
    query: boxQuery,
  })
  async sent({ caller, query }: Call<'blinded user', unknown, BoxQuery>): Promise<Reply> {
    return json(await this.inbox.read('outbox', caller, query.limit));
  }

  @Endpoint({
    method: 'GET',
    path: '/outbox/since/:message',
    caller: 'blinded user',
    summary: 'Direct messages that the caller sent after the one with this id',
    answers: [200, 304],
    params: inboxSinceParams,
    query: boxQuery,
  })
  sentSince({ caller, params, query }: Call<'blinded user', InboxSinceParams, BoxQuery>): Eventual<Reply> {
    return andThen(this.inbox.readSince('outbox', caller, params.message, query.limit), news);
  }

  @Endpoint({
    method: 'POST',
    path: '/inbox/:recipient',
    caller: 'user',
    repeats: 'transaction',
    summary: 'Sends a direct message to a blinded ID',
    addsData: true,
    answers: [201, 403, 404, 413, 429, 507],
    params: recipientParams,
    body: sendBody,
  })
  async send({
    caller,
    params,
    body,
    once,
  }: Call<'user', RecipientParams, unknown, SendBody>): Promise<Reply> {
    const letter = await this.inbox.prepare(caller, { ...params, ...body });
    return once(async (tx) => json(await this.inbox.send(tx, letter), 201));
  }

  @Endpoint({
    method: 'DELETE',
    path: '/inbox',
    caller: 'blinded user',
    repeats: 'transaction',
    summary: 'Deletes every direct message that the caller received',
    answers: [200],
  })
  async clear({ caller, once }: Call<'blinded user'>): Promise<Reply> {
    const owner = await this.inbox.ownerOf(caller);
    return once(async (tx) => json({ deleted: await this.inbox.clear(tx, owner) }));
  }
}

function news(messages: DirectMessageView[] | undefined): Reply {
  return messages ? json(messages) : notModified();
}
