import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { Settings } from '../foundation/config/settings.js';
import { sessionIdFromEd25519 } from '../protocol/crypto/blinding.js';
import { signedRequestBytes } from '../protocol/crypto/request-signature.js';
import { type Sodium } from '../protocol/crypto/sodium.js';
import { type InnerRequest, type RequestBody } from '../protocol/requests/inner-request.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type Eventual } from '../foundation/eventual.js';
import { ServerIdentity } from '../protocol/identity/server-identity.js';
import { SODIUM } from '../protocol/identity/sodium.provider.js';
import { MembersFirst } from '../foundation/limits/members-first.service.js';
import { type Origin, RateLimits } from '../foundation/limits/rate-limits.service.js';
import { type LabelledValues } from '../foundation/metrics/meter.js';
import { Meters } from '../foundation/metrics/meters.service.js';
import { isStaff, type User } from '../records/users/user.js';
import { UsersService } from '../users/users.service.js';
import { type Credentials, malformed, readCredentials } from '../records/nonces/auth-headers.js';
import { MAX_CLOCK_SKEW, Proof } from '../records/nonces/proof.js';
import { Repeats } from './repeats.service.js';

/** The Session ID that a request claims to come from. */
interface KeyClaim {
  credentials: Credentials;
  sessionId: string;
  /** The user, if this process has them in memory. */
  known: User | undefined;
}

/** Finds out who is asking (protocol 3). Nothing is written before the signature has verified. */
@Injectable()
export class Authenticator {
  private readonly failures: LabelledValues;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly identity: ServerIdentity,
    @Inject(SODIUM) private readonly sodium: Sodium,
    private readonly users: UsersService,
    private readonly repeats: Repeats,
    private readonly rates: RateLimits,
    private readonly membersFirst: MembersFirst,
    meters: Meters,
  ) {
    this.failures = meters.counter({
      name: 'plaza_authentication_failures_total',
      help: 'Requests refused for their X-SOGS headers, by the code of docs/errors.md.',
      labels: ['code'],
    });
  }

  /**
   * Verifies the request's X-SOGS headers. Whether its nonce has been used is for {@link Repeats} to say.
   * @returns what the signature proves, or null for an anonymous request
   * @throws ProtocolError in the order of protocol 3's table: 400, 425 for the clock, 403, 425 for the nonce of a request
   *   with a wrong signature, 401; 429 when there are too many from this caller, or without a verified key from this
   *   address
   */
  async authenticate(request: InnerRequest): Promise<Proof | null> {
    try {
      return await this.identify(request);
    } catch (error) {
      if (error instanceof ProtocolError) this.failures.cell(error.code).value++;
      throw error;
    }
  }

  private async identify(request: InnerRequest): Promise<Proof | null> {
    const claimed = this.claimOf(request.headers, request.origin);
    const claim = claimed instanceof Promise ? await claimed : claimed;
    if (!claim) {
      await this.rates.admitAddress(request.origin);
      await this.membersFirst.turn('anonymous');
      return null;
    }
    const { credentials, sessionId, known } = claim;
    // Before the signature is looked at, which is most of the price of a small request.
    const turn = known ? undefined : this.membersFirst.turnOf(sessionId);
    if (turn) await turn;
    const bodyHash = this.bodyHash(request.body);
    if (!this.verifies(request, credentials, bodyHash)) {
      await this.rates.admitAddress(request.origin);
      throw await this.refusalOf(sessionId, credentials);
    }
    const admitted = this.rates.admitKey({ sessionId, isStaff: known !== undefined && isStaff(known) });
    if (admitted) await admitted;

    const caller = known ?? (await this.users.identify(sessionId));
    if (!known && caller.id !== null) this.membersFirst.remember(sessionId);
    if (caller.banned) throw new ProtocolError('banned');
    return new Proof(caller, credentials, this.sodium, bodyHash);
  }

  /**
   * Refuses a request whose headers are enough to refuse it, before its body has arrived, where a user is needed.
   * @param headers names in lower case
   * @param origin  which the refusal is counted for
   * @throws ProtocolError what {@link authenticate} would have said, or `authentication_required`
   */
  async refuseEarly(headers: Readonly<Record<string, string>>, origin: Origin): Promise<void> {
    if (await this.claimOf(headers, origin)) return;
    await this.rates.admitAddress(origin);
    throw new ProtocolError('authentication_required');
  }

  /** As {@link readClaim}; headers that it refuses prove no key and count for the address that they come from. */
  private claimOf(headers: Readonly<Record<string, string>>, origin: Origin): Eventual<KeyClaim | null> {
    try {
      return this.readClaim(headers);
    } catch (error) {
      return this.countAndThrow(error, origin);
    }
  }

  private async countAndThrow(error: unknown, origin: Origin): Promise<never> {
    await this.rates.admitAddress(origin);
    throw error;
  }

  /** The claim of the headers, checked in all but the signature and the nonce; null without one. */
  private readClaim(headers: Readonly<Record<string, string>>): KeyClaim | null {
    const credentials = readCredentials(headers);
    if (!credentials) return null;
    const sessionId = credentials.blinded
      ? `15${credentials.publicKey.toString('hex')}`
      : this.unblindedIdOf(credentials.publicKey);
    const known = this.users.cached(sessionId);
    // A cached user's key has been checked: the check is half the price of the whole request.
    if (credentials.blinded && !known && !this.sodium.isValidEd25519Point(credentials.publicKey))
      throw invalidKey();
    if (Math.abs(credentials.timestamp - this.clock.seconds()) > MAX_CLOCK_SKEW) {
      throw new ProtocolError('clock_skew');
    }
    if (known?.banned) throw new ProtocolError('banned');
    // All counters share one string per Session ID, which saves memory.
    return { credentials, sessionId: known?.sessionId ?? sessionId, known };
  }

  private unblindedIdOf(publicKey: Buffer): string {
    const sessionId = sessionIdFromEd25519(publicKey, this.sodium);
    if (!sessionId) throw invalidKey();
    if (this.settings.requireBlindedIds) throw new ProtocolError('blinding_required');
    return sessionId;
  }

  private verifies(request: InnerRequest, credentials: Credentials, bodyHash: Buffer | undefined): boolean {
    const signed = signedRequestBytes({
      serverPublicKey: this.identity.publicKey,
      nonce: credentials.nonce,
      timestamp: credentials.timestampDigits,
      method: request.method,
      path: request.query === '' ? request.path : `${request.path}?${request.query}`,
      bodyHash,
    });
    return this.sodium.ed25519Verify(credentials.signature, signed, credentials.publicKey);
  }

  private bodyHash(body: RequestBody): Buffer | undefined {
    if (body.kind === 'spooled') return body.upload.size > 0 ? body.upload.hash : undefined;
    if (body.kind !== 'bytes') return undefined;
    return body.bytes.length > 0 ? this.sodium.blake2b(body.bytes, 64) : undefined;
  }

  /** A wrong signature is told last: a ban and a used nonce come first, at the price of two look-ups. */
  private async refusalOf(sessionId: string, credentials: Credentials): Promise<ProtocolError> {
    const user = await this.users.find(sessionId);
    if (user?.banned) return new ProtocolError('banned');
    if (await this.repeats.isUsed(credentials.nonce)) return new ProtocolError('nonce_reused');
    return new ProtocolError('wrong_request_signature');
  }
}

function invalidKey(): ProtocolError {
  return malformed('X-SOGS-Pubkey is not a valid Ed25519 key');
}
