import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { Database } from '../../foundation/database/database.js';
import { errorLine } from '../../foundation/error-line.js';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type DeliveryAttempt, DeliveriesRepository } from '../../records/webhooks/deliveries.repository.js';
import { type Notice, type Receiver } from '../../records/webhooks/notice.js';
import { WebhooksRepository } from '../../records/webhooks/webhooks.repository.js';
import { envelopeOf } from './envelope.js';
import { postToWeb } from './web-request.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Seconds from an attempt that failed to the next one; after the last of these the notice is lost. */
export const RETRY_AFTER = [
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** Seconds for which an attempt belongs to the process that began it: some times as long as a request may take. */
const LEASE = 60;
/** The status by which a receiver says that it wants no more. */
const GONE = 410;

/** The outcome of a request: delivered, or a line that says why not. */
type DeliveryOutcome = { isDelivered: true } | { isDelivered: false; failure: string; isGone: boolean };

/**
 * Delivers notices to their receivers, at least once. No transaction is open during a request: one takes the delivery for
 * this process, another notes what came of it. A process that is killed in between leaves it to be attempted again.
 */
@Injectable()
export class WebhookDelivery {
  private readonly logger = new Logger('Webhooks');
  private readonly attempts: LabelledValues;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly deliveries: DeliveriesRepository,
    private readonly webhooks: WebhooksRepository,
    meters: Meters,
  ) {
    this.attempts = meters.counter({
      name: 'plaza_webhook_attempts_total',
      help: 'Requests to webhooks, by how they ended.',
      labels: ['outcome'],
    });
  }

  /** Delivers what is due, to all receivers at the same time, so that a slow one keeps no other waiting. */
  async deliver(stopping: AbortSignal): Promise<void> {
    const ids = await this.deliveries.webhooksWithDue();
    await Promise.all(ids.map((id) => this.deliverTo(id, stopping)));
  }

  /**
   * Sends a notice once and at once.
   * @param id under which the receiver knows it
   */
  async send(
    receiver: Receiver,
    notice: Notice,
    id: string,
    stopping?: AbortSignal,
  ): Promise<DeliveryOutcome> {
    const reach = { allowsPrivate: this.settings.webhookAllowPrivate, ...(stopping && { stopping }) };
    try {
      const status = await postToWeb(envelopeOf(notice, receiver, id, this.clock.seconds()), reach);
      if (status >= 200 && status < 300) return { isDelivered: true };
      const isRedirect = status >= 300 && status < 400;
      const failure = `it answered ${status}${isRedirect ? ', and redirects are not followed' : ''}`;
      return { isDelivered: false, failure, isGone: status === GONE };
    } catch (error) {
      return { isDelivered: false, failure: errorLine(error), isGone: false };
    }
  }

  /** One after another, until nothing is due or one fails: the receiver may be down, and the rest has time. */
  private async deliverTo(webhookId: number, stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const attempt = await this.database.transact((tx) => this.deliveries.take(tx, webhookId, LEASE));
      if (!attempt) return;
      const { receiver, notice, id } = attempt;
      const outcome = await this.send(receiver, notice, `msg_${id}`, stopping);
      // An attempt that a stop has ended says nothing of the receiver; it is made again when its lease is over.
      if (!outcome.isDelivered && isOver(stopping)) return;
      await this.settle(attempt, outcome);
      if (!outcome.isDelivered) return;
    }
  }

  private async settle(attempt: DeliveryAttempt, outcome: DeliveryOutcome): Promise<void> {
    const { id } = attempt.receiver;
    if (outcome.isDelivered) {
      this.attempts.cell('delivered').value++;
      await this.database.transact(async (tx) => {
        if (await this.deliveries.finish(tx, attempt)) await this.webhooks.noteDelivered(tx, id);
      });
      return;
    }
    this.attempts.cell('failed').value++;
    const { failure, isGone } = outcome;
    const pause = RETRY_AFTER[attempt.number - 1];
    await this.database.transact(async (tx) => {
      if (isGone) {
        await this.webhooks.disable(tx, id, failure);
      } else if (pause !== undefined) {
        const isOurs = await this.deliveries.postpone(tx, attempt, pause);
        if (isOurs) await this.webhooks.noteFailed(tx, id, failure, false);
      } else if (await this.deliveries.finish(tx, attempt)) {
        await this.webhooks.noteFailed(tx, id, failure, true);
      }
    });
    if (isGone || pause === undefined) this.logger.warn(`Webhook ${id} lost a notice: ${failure}`);
  }
}

/** Whether a stop has begun, which the compiler takes for unchanged while something is awaited. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted;
}
