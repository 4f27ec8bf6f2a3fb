import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { type NoticeKind, type Webhook, type WebhookForm } from '../../records/webhooks/notice.js';
import { WebhooksRepository } from '../../records/webhooks/webhooks.repository.js';
import { makeSecret } from './envelope.js';
import { testNotice } from './notices.js';
import { checkAddress } from './web-request.js';
import { WebhookDelivery } from './webhook-delivery.service.js';

const MOST_WEBHOOKS = 50;
/** The name of the operator in events. */
const OPERATOR = 'plaza';

/** Something about webhooks that can't be done; the message says why in a line. */
class WebhookProblem extends Error {
  override readonly name = 'WebhookProblem';
}

/** A webhook as an operator asks for it. */
export interface WantedWebhook {
  url: string;
  form: WebhookForm;
  /** Token; undefined for every room. */
  room: string | undefined;
  kinds: readonly NoticeKind[];
}

/** Lets an operator add, list, try and remove webhooks. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly rooms: RoomsRepository,
    private readonly webhooks: WebhooksRepository,
    private readonly delivery: WebhookDelivery,
    private readonly events: EventsRepository,
  ) {}

  /** All of them, by id. */
  list(): Promise<Webhook[]> {
    return this.webhooks.all();
  }

  /**
   * Adds a webhook, which is told of what happens from now on.
   * @returns its id, and the secret of its signatures, which is not shown again; null for a form without
   * @throws RefusedAddress, WebhookProblem when there are too many, or ProtocolError `room_not_found`
   */
  async add(
    tx: Transaction,
    { url, form, room: token, kinds }: WantedWebhook,
  ): Promise<{ id: number; secret: string | null }> {
    const address = checkAddress(url, { allowsPrivate: this.settings.webhookAllowPrivate });
    const room = token === undefined ? undefined : await this.rooms.find(token, tx);
    if (token !== undefined && !room) throw new ProtocolError('room_not_found');
    const secret = form === 'standard' ? makeSecret() : null;
    const wanted = { url: address.href, form, secret, roomId: room?.id ?? null, kinds };
    const id = await this.webhooks.add(tx, wanted, MOST_WEBHOOKS);
    if (id === undefined) throw new WebhookProblem(`there are ${MOST_WEBHOOKS} webhooks, and no more can be`);
    await this.events.record(tx, {
      actor: OPERATOR,
      kind: 'webhook.add',
      target: String(id),
      ...(room && { room: room.token }),
      after: { host: address.host, form, events: kinds },
    });
    return { id, secret };
  }

  /**
   * Removes a webhook, with all that it has still to get.
   * @throws WebhookProblem when there is none with this id
   */
  async remove(tx: Transaction, id: number): Promise<void> {
    const removed = await this.webhooks.remove(tx, id);
    if (!removed) throw noWebhook(id);
    const { url, form } = removed;
    await this.events.record(tx, {
      actor: OPERATOR,
      kind: 'webhook.remove',
      target: String(id),
      before: { host: new URL(url).host, form },
    });
  }

  /**
   * Sends a notice that nothing has happened, at once and once.
   * @throws WebhookProblem when there is no such webhook, or it did not take the notice
   */
  async test(id: number): Promise<void> {
    const receiver = await this.webhooks.receiver(id);
    if (!receiver) throw noWebhook(id);
    const notice = testNotice(this.clock.seconds());
    const outcome = await this.delivery.send(receiver, notice, `msg_${randomUUID()}`);
    if (!outcome.isDelivered) throw new WebhookProblem(`webhook ${id} did not take it: ${outcome.failure}`);
  }
}

function noWebhook(id: number): WebhookProblem {
  return new WebhookProblem(`there is no webhook ${id}`);
}
