import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { type Eventual } from '../eventual.js';
import { type Cell } from '../metrics/meter.js';
import { Meters } from '../metrics/meters.service.js';
import { type SharedLimiter } from '../rates/shared-limiter.js';
import { SharedRates } from '../rates/shared-rates.service.js';
import { networkOf } from './network.js';

/** Somebody who has proved a key. */
export interface Payer {
  readonly sessionId: string;
  /** Whether they moderate the server or a room: cleaning up after others must not be slower than what they did. */
  readonly isStaff: boolean;
}

/** Where a request came from; the address is worked out when it is needed. Fastify's requests are origins. */
export interface Origin {
  /** The address of the client, or of the last proxy that is not trusted. */
  readonly ip: string;
  /** The HTTP request, whose connection tells whether anybody waits for the answer. */
  readonly raw: { readonly socket: { readonly destroyed: boolean } };
}

/**
 * How much all processes together do for whom. Many users share the address of a node that their onion requests leave from,
 * so somebody who has proved a key is counted by that key alone, and an address only for what proves none.
 */
@Injectable()
export class RateLimits {
  private readonly keys: SharedLimiter;
  private readonly staff: SharedLimiter;
  private readonly addresses: SharedLimiter;
  private readonly refusedKeys: Cell;
  private readonly refusedAddresses: Cell;

  constructor(settings: Settings, rates: SharedRates, meters: Meters) {
    const { rateLimitPerKey, rateLimitPerModerator, rateLimitPerAddress, rateLimitBurst } = settings;
    const limiter = (name: string, perSecond: number): SharedLimiter =>
      rates.limiter({ name, perSecond, burstSeconds: rateLimitBurst });
    this.keys = limiter('key', rateLimitPerKey);
    this.staff = limiter('staff', rateLimitPerModerator);
    this.addresses = limiter('address', rateLimitPerAddress);
    const refused = meters.counter({
      name: 'plaza_rate_limited_total',
      help: 'Requests refused because there were too many, by whose they were.',
      labels: ['by'],
    });
    this.refusedKeys = refused.cell('key');
    this.refusedAddresses = refused.cell('address');
  }

  /**
   * Counts a request whose signature has verified.
   * @returns what to wait for until it is admitted; undefined nearly always
   * @throws ProtocolError `too_many_requests`, at once or later
   */
  admitKey({ sessionId, isStaff }: Payer): Promise<void> | undefined {
    return admitOnce((isStaff ? this.staff : this.keys).take(sessionId), this.refusedKeys);
  }

  /**
   * Counts a request that proves no key: anonymous, wrongly signed or unreadable.
   * @returns what to wait for until it is admitted; undefined nearly always
   * @throws ProtocolError `too_many_requests`, at once or later
   */
  admitAddress({ ip }: Origin): Promise<void> | undefined {
    return admitOnce(this.addresses.take(networkOf(ip)), this.refusedAddresses);
  }

  /**
   * Charges for elements of a batch, which run whatever they cost: what comes after them waits.
   * @param payer     null charges the address
   * @param requests  how many requests, or which part of one, they cost
   * @throws ProtocolError `too_many_requests` when the charge exceeds what the key or the address may use
   */
  charge(payer: Payer | null, { ip }: Origin, requests: number): void {
    if (payer) {
      const limiter = payer.isStaff ? this.staff : this.keys;
      admit(limiter.charge(payer.sessionId, requests), this.refusedKeys);
    } else admit(this.addresses.charge(networkOf(ip), requests), this.refusedAddresses);
  }
}

function admitOnce(wait: Eventual<number>, refused: Cell): Promise<void> | undefined {
  if (wait instanceof Promise) {
    return wait.then((waitSeconds) => {
      admit(waitSeconds, refused);
    });
  }
  admit(wait, refused);
  return undefined;
}

function admit(waitSeconds: number, refused: Cell): void {
  if (waitSeconds === 0) return;
  refused.value++;
  throw new ProtocolError('too_many_requests', undefined, Math.ceil(waitSeconds));
}
