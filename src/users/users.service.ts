import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { absoluteBlindedId, blindedCandidates, blindingFactor } from '../crypto/blinding.js';
import { type Sodium } from '../crypto/sodium.js';
import { ChangeFeed } from '../database/change-feed.js';
import { Database, type Reader, type Transaction } from '../database/database.js';
import { meterCache } from '../database/meter-cache.js';
import { ReadCache } from '../database/read-cache.js';
import { ServerIdentity } from '../identity/server-identity.js';
import { SODIUM } from '../identity/sodium.provider.js';
import { Meters } from '../metrics/meters.service.js';
import { RoomsRepository } from '../rooms/rooms.repository.js';
import { isBlinded } from './session-id.js';
import { type User } from './user.js';
import { UsersRepository } from './users.repository.js';

/** Users kept in memory. */
const CACHED_USERS = 100_000;

/** Session IDs and the people behind them, blinded or not (protocol 2). */
@Injectable()
export class UsersService implements OnModuleInit {
  private readonly cache = new ReadCache<string, User>(CACHED_USERS);
  private readonly blindingFactor: Buffer;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly feed: ChangeFeed,
    private readonly users: UsersRepository,
    private readonly rooms: RoomsRepository,
    @Inject(SODIUM) private readonly sodium: Sodium,
    identity: ServerIdentity,
    meters: Meters,
  ) {
    meterCache(meters, 'users', this.cache);
    this.blindingFactor = blindingFactor(identity.publicKey, sodium);
  }

  onModuleInit(): void {
    this.cache.follow(this.feed);
    this.feed.on('user', (sessionId) => {
      this.cache.drop(sessionId);
    });
  }

  /** The user if they are in memory; undefined says nothing about whether they exist. */
  cached(sessionId: string): User | undefined {
    return this.cache.peek(sessionId);
  }

  /** The user with exactly this ID; for a request whose signature did not verify, so nothing is cached. */
  async find(sessionId: string): Promise<User | undefined> {
    return this.cached(sessionId) ?? this.users.find(sessionId);
  }

  /** The user who has proved to own this ID, created on their first request. */
  async findOrCreate(sessionId: string): Promise<User> {
    return this.cache.get(sessionId, async () => {
      const known = await this.users.find(sessionId);
      return known ?? this.database.transact((tx) => this.create(tx, sessionId));
    });
  }

  /**
   * The user whom an ID in a path means: an `05…` ID means the `15…` user it belongs to, if that one is known.
   * @returns undefined when the server knows neither
   */
  async resolve(sessionId: string, reader: Reader = this.database): Promise<User | undefined> {
    const candidates = this.candidates(sessionId);
    const blinded = candidates && (await this.users.findAny(candidates, reader));
    return blinded ?? this.users.find(sessionId, reader);
  }

  /**
   * As {@link resolve}, for a change that shall hold although the server has not seen the user: creates the
   * record and, for an `05…` ID, remembers under which blinded ID its owner will turn up.
   */
  async resolveOrCreate(tx: Transaction, sessionId: string): Promise<User> {
    const candidates = this.candidates(sessionId);
    if (!candidates) return this.create(tx, sessionId);
    const [blindedAbs] = candidates;
    await this.users.lockPerson(tx, blindedAbs);
    const blinded = await this.users.findAny(candidates, tx);
    if (blinded) return blinded;
    const user = await this.createUnblinded(tx, sessionId);
    await this.users.awaitBlinding(tx, user.id, blindedAbs);
    return user;
  }

  /** Every ID under which the owner of this one may be known here: itself and, for `05…`, both blinded ones. */
  idsOf(sessionId: string): string[] {
    return [sessionId, ...(this.candidates(sessionId) ?? [])];
  }

  /** Drops what processes have cached of a user, once the transaction that changed them has committed. */
  forgetAfter(tx: Transaction, sessionId: string): void {
    tx.changes(`user:${sessionId}`);
  }

  /** The absolute blinded ID first, then the other one; undefined where blinding has no part. */
  private candidates(sessionId: string): [string, string] | undefined {
    if (isBlinded(sessionId) || !this.settings.requireBlindedIds) return undefined;
    const candidates = blindedCandidates(sessionId, this.blindingFactor, this.sodium);
    return candidates && [candidates.positive, candidates.negative];
  }

  private create(tx: Transaction, sessionId: string): Promise<User> {
    return isBlinded(sessionId) ? this.createBlinded(tx, sessionId) : this.createUnblinded(tx, sessionId);
  }

  private async createUnblinded(tx: Transaction, sessionId: string): Promise<User> {
    await this.users.create(tx, sessionId);
    return this.mustFind(tx, sessionId);
  }

  /** Creates a `15…` user and moves to them what was decided about their `05…` ID before they turned up. */
  private async createBlinded(tx: Transaction, sessionId: string): Promise<User> {
    const blindedAbs = absoluteBlindedId(sessionId);
    await this.users.lockPerson(tx, blindedAbs);
    await this.users.create(tx, sessionId);
    const waiting = await this.users.takePendingBlinding(tx, blindedAbs);
    if (waiting !== undefined) await this.adopt(tx, waiting, sessionId);
    return this.mustFind(tx, sessionId);
  }

  private async adopt(tx: Transaction, from: number, sessionId: string): Promise<void> {
    const before = await this.users.get(from, tx);
    const { id } = await this.mustFind(tx, sessionId);
    await this.users.moveStanding(tx, from, id);
    this.forgetAfter(tx, before.sessionId);
    // The lists of moderators now name another ID.
    if (before.moderator) await this.rooms.raiseAllInfoUpdates(tx);
    else await this.rooms.raiseInfoUpdates(tx, staffedRooms(before));
  }

  private async mustFind(tx: Transaction, sessionId: string): Promise<User> {
    const user = await this.users.find(sessionId, tx);
    if (!user) throw new Error('A user who was just created is gone');
    return user;
  }
}

function staffedRooms(user: User): number[] {
  return [...user.overrides].filter(([, override]) => override.moderator).map(([roomId]) => roomId);
}
