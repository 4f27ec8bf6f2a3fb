import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { absoluteBlindedId, blindedCandidates, blindingFactor } from '../protocol/crypto/blinding.js';
import { type Sodium } from '../protocol/crypto/sodium.js';
import { ChangeFeed } from '../foundation/database/change-feed.js';
import { CHANGE_TELLER, type ChangeTeller } from '../foundation/database/change-teller.js';
import { Database, type DatabaseReader, type Transaction } from '../foundation/database/database.js';
import { PrerequisiteError } from '../foundation/database/errors.js';
import { GroupCommit, type Outcome } from '../foundation/database/group-commit.js';
import { meterCache } from '../foundation/caches/meter-cache.js';
import { ReadCache } from '../foundation/caches/read-cache.js';
import { andThen, type Eventual } from '../foundation/eventual.js';
import { SharedRates } from '../foundation/rates/shared-rates.service.js';
import { ServerIdentity } from '../protocol/identity/server-identity.js';
import { SODIUM } from '../protocol/identity/sodium.provider.js';
import { Meters } from '../foundation/metrics/meters.service.js';
import { ALL, holds } from '../records/locks/lock-order.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { Newcomers } from './newcomers.js';
import { isBlinded } from '../records/users/session-id.js';
import { type Caller, type Stranger, stranger, type User } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';

/** Users kept in memory. */
const CACHED_USERS = 100_000;
/** Milliseconds from one write of new users to the next. */
const WRITES_APART = 20;
/** New users who are written in a second for reading alone: a stranger can make up any number of keys. */
const NEW_READERS_PER_SECOND = 300;
/** The only key of the writes of new users and of their rate. */
const NEW_USERS = '';
/** Milliseconds from one look-up of people who are not in memory to the next: many strangers come at once, or everyone. */
const LOOK_UPS_APART = 5;
/** The only key of these. */
const LOOK_UPS = '';

/** Session IDs and the people behind them, blinded or not (protocol 2). */
@Injectable()
export class UsersService implements OnModuleInit, OnModuleDestroy {
  private readonly cache = new ReadCache<string, User | undefined>(CACHED_USERS);
  private readonly introductions = new GroupCommit<string, User>(
    (_, sessionIds) => this.createTogether(sessionIds),
    WRITES_APART,
  );
  private readonly lookUps = new GroupCommit<string, User | 'awaited' | undefined>(
    (_, sessionIds) => this.findTogether(sessionIds),
    LOOK_UPS_APART,
  );
  private readonly newcomers: Newcomers;
  private readonly blindingFactor: Buffer;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly feed: ChangeFeed,
    private readonly users: UsersRepository,
    private readonly rooms: RoomsRepository,
    @Inject(CHANGE_TELLER) private readonly teller: ChangeTeller,
    @Inject(SODIUM) private readonly sodium: Sodium,
    identity: ServerIdentity,
    rates: SharedRates,
    meters: Meters,
  ) {
    const newReaders = rates.limiter({
      name: 'readers',
      perSecond: NEW_READERS_PER_SECOND,
      burstSeconds: 1,
    });
    this.newcomers = new Newcomers(
      (sessionId) => this.findOrCreate(sessionId),
      () => newReaders.takeNow(NEW_USERS) === 0,
    );
    meterCache(meters, 'users', this.cache);
    this.blindingFactor = blindingFactor(identity.publicKey, sodium);
  }

  onModuleInit(): void {
    this.cache.follow(this.feed);
    this.feed.on('user', (sessionId) => {
      this.cache.drop(sessionId);
    });
    this.feed.on('newcomer', (sessionId) => this.newcomers.hurry(sessionId));
  }

  onModuleDestroy(): void {
    this.newcomers.stop();
  }

  /** The user if they are in memory; undefined says nothing about whether they exist. */
  cached(sessionId: string): User | undefined {
    return this.cache.peek(sessionId);
  }

  /** The user with exactly this ID; for a request whose signature did not verify, so nothing is cached. */
  async find(sessionId: string): Promise<User | undefined> {
    return this.cached(sessionId) ?? this.users.find(sessionId);
  }

  /**
   * Says who has proved to own this ID. Somebody without a row is a stranger; nothing is written for them. The exception is
   * somebody about whom staff has decided before they turned up: they get their row, and with it what was decided.
   * Strangers are not cached, so every process sees the row that another one writes.
   */
  identify(sessionId: string): Eventual<Caller> {
    const found = this.cache.get(sessionId, () => this.findOrAdopt(sessionId));
    return andThen(found, (user) => user ?? stranger(sessionId));
  }

  /**
   * Gives people their rows in the transaction of what they write, so a write that is refused leaves none. The standing of
   * all of them is held. This waits for other transactions that create or look for one of them.
   * @returns by Session ID
   * @throws PrerequisiteError when staff has decided about one of them before they turned up
   */
  async enterTogether(tx: Transaction, sessionIds: readonly string[]): Promise<Map<string, User>> {
    if (sessionIds.length === 0) return new Map();
    const [, entered] = await Promise.all([
      this.lockPeople(tx, sessionIds),
      this.createOrHold(tx, sessionIds),
    ]);
    const awaited = sessionIds.find((sessionId) => !entered.has(sessionId));
    if (awaited !== undefined) throw this.mustBeAdopted(awaited);
    return entered;
  }

  /** Creates those who are not there yet, and holds the standing of the others. */
  private async createOrHold(tx: Transaction, sessionIds: readonly string[]): Promise<Map<string, User>> {
    const created = await this.users.createMany(tx, sessionIds);
    const others = sessionIds.filter((sessionId) => !created.has(sessionId));
    if (others.length === 0) return created;
    return new Map([...created, ...(await this.users.holdStandings(tx, others))]);
  }

  /** As {@link enterTogether} for one person. */
  async enter(tx: Transaction, { sessionId }: Stranger): Promise<User> {
    const user = (await this.enterTogether(tx, [sessionId])).get(sessionId);
    if (!user) throw new Error('Somebody has entered and is not there');
    return user;
  }

  /**
   * Says that staff has decided about somebody, who has to get their row with that before a transaction can go on that took
   * them for a stranger.
   */
  mustBeAdopted(sessionId: string): PrerequisiteError {
    return new PrerequisiteError('Staff has decided about somebody who was a stranger a moment ago', () =>
      this.findOrCreate(sessionId),
    );
  }

  /**
   * Lets one transaction at a time create or look for these people, whichever of their IDs it knows. It comes before the
   * lock of any user.
   */
  async lockPeople(tx: Transaction, sessionIds: readonly string[]): Promise<void> {
    const people = sessionIds.flatMap((sessionId) => this.personOf(sessionId) ?? []);
    if (people.length > 0) await this.users.lockPeople(tx, people);
  }

  /**
   * The user who has proved to own this ID, created if there is none. Those who come within some milliseconds are written
   * in one transaction.
   */
  private async findOrCreate(sessionId: string): Promise<User> {
    for (;;) {
      // May share a look-up that is under way and finds nobody; the next turn starts a load of its own.
      const user = await this.cache.get(sessionId, () => this.introductions.add(NEW_USERS, sessionId));
      if (user) return user;
    }
  }

  /**
   * Makes a stranger known who reads a room or an inbox (protocol 3, "known"). When too many come at once, they wait for
   * their row and stay strangers meanwhile; so do they when the database can't write.
   * @returns undefined for somebody who stays a stranger; never rejects
   */
  introduce({ sessionId }: Stranger): Eventual<User | undefined> {
    return this.cached(sessionId) ?? this.newcomers.admit(sessionId);
  }

  /**
   * Has the row of somebody written at once who waits for it, in whichever worker of this machine, because somebody is
   * about to ask for them. Not within a transaction: it takes another connection, and up to 100 ms for a worker that is slow.
   */
  async expect(sessionId: string): Promise<void> {
    const ids = this.idsOf(sessionId);
    if (ids.some((id) => this.cached(id)) || (await this.resolve(sessionId))) return;
    const subjects = ids.map((id) => `newcomer:${id}`);
    await Promise.all([
      ...ids.map((id) => this.newcomers.hurry(id)),
      this.teller.tell(subjects, 'this machine'),
    ]);
  }

  /**
   * The user whom an ID in a path means: an `05…` ID means the `15…` user it belongs to, if that one is known.
   * @returns undefined when the server knows neither
   */
  async resolve(sessionId: string, reader: DatabaseReader = this.database): Promise<User | undefined> {
    const candidates = this.candidates(sessionId);
    const blinded = candidates && (await this.users.findAny(candidates, reader));
    return blinded ?? this.users.find(sessionId, reader);
  }

  /**
   * As {@link resolve}, for a change that shall hold although the server has not seen the user: creates the
   * record and, for an `05…` ID, remembers under which blinded ID its owner will turn up.
   */
  async resolveOrCreate(tx: Transaction, sessionId: string): Promise<User> {
    await this.lockPeople(tx, [sessionId]);
    const known = await this.resolve(sessionId, tx);
    const person = this.personOf(sessionId);
    if (!known && isBlinded(sessionId) && (await this.users.findAwaited(tx, absoluteBlindedId(sessionId)))) {
      throw this.mustBeAdopted(sessionId);
    }
    const user = known ?? (await this.createUnadopted(tx, sessionId));
    // The row of an `05…` ID may be older than the server's blinding, or come from an import, and wait for nobody yet.
    if (!isBlinded(user.sessionId) && person !== undefined) {
      await this.users.awaitBlinding(tx, user.id, person);
    }
    return user;
  }

  /** Every ID under which the owner of this one may be known here: itself and, for `05…`, both blinded ones. */
  idsOf(sessionId: string): string[] {
    return this.settings.requireBlindedIds ? this.formsOf(sessionId) : [sessionId];
  }

  /**
   * An ID and, for `05…`, both blinded ones that its owner may have here, whether the server asks for blinding or not.
   * Takes about 0.3 ms.
   */
  formsOf(sessionId: string): string[] {
    return [sessionId, ...(this.blindedFormsOf(sessionId) ?? [])];
  }

  /**
   * Drops what processes have cached of a user, once the transaction that changed them has committed: on all machines
   * before its caller is answered, because a ban must hold wherever the banned person turns.
   */
  forgetAfter(tx: Transaction, sessionId: string): void {
    tx.changes(`user:${sessionId}`, 'all machines');
  }

  /** The absolute blinded ID of whoever owns an ID; undefined where blinding has no part. */
  private personOf(sessionId: string): string | undefined {
    return isBlinded(sessionId) ? absoluteBlindedId(sessionId) : this.candidates(sessionId)?.[0];
  }

  /** The absolute blinded ID first, then the other one; undefined where blinding has no part. */
  private candidates(sessionId: string): [string, string] | undefined {
    return this.settings.requireBlindedIds ? this.blindedFormsOf(sessionId) : undefined;
  }

  private blindedFormsOf(sessionId: string): [string, string] | undefined {
    const candidates = blindedCandidates(sessionId, this.blindingFactor, this.sodium);
    return candidates && [candidates.positive, candidates.negative];
  }

  private async findOrAdopt(sessionId: string): Promise<User | undefined> {
    const known = await this.lookUps.add(LOOK_UPS, sessionId);
    if (known !== 'awaited') return known && { ...known, sessionId };
    return this.database.transact((tx) => this.create(tx, sessionId));
  }

  private async findTogether(
    sessionIds: readonly string[],
  ): Promise<Outcome<User | 'awaited' | undefined>[]> {
    const found = await this.users.findOrAwaited(sessionIds);
    return sessionIds.map((sessionId) => ({ result: found.get(sessionId) }));
  }

  /**
   * Creates users together. Those whose roles wait for them, or whom another transaction is creating or looking for, are
   * created one by one afterwards: the locks of several people, taken in turn, could end in a deadlock with locks of rooms.
   */
  private async createTogether(sessionIds: readonly string[]): Promise<Outcome<User>[]> {
    const created = await this.database.transact(async (tx) => {
      const blinded = sessionIds.filter(isBlinded).map(absoluteBlindedId);
      const locked = blinded.length > 0 ? await this.users.tryLockPeople(tx, blinded) : undefined;
      const free = sessionIds.filter((id) => !isBlinded(id) || locked?.has(absoluteBlindedId(id)));
      return this.createOrHold(tx, free);
    });
    const outcomes: Outcome<User>[] = [];
    for (const sessionId of sessionIds) {
      const user =
        created.get(sessionId) ?? (await this.database.transact((tx) => this.create(tx, sessionId)));
      outcomes.push({ result: { ...user, sessionId } });
    }
    return outcomes;
  }

  /** The row of an author that the server itself writes as, whom nobody has decided anything about. */
  async serverAuthor(tx: Transaction, sessionId: string): Promise<User> {
    const author = (await this.users.find(sessionId, tx)) ?? (await this.createUnadopted(tx, sessionId));
    await this.users.markAsServer(tx, author.id);
    return author;
  }

  private async createUnadopted(tx: Transaction, sessionId: string): Promise<User> {
    await this.users.create(tx, sessionId);
    return this.mustFind(tx, sessionId);
  }

  /**
   * Creates somebody who has proved to own this ID, and moves to them what was decided about their `05…` ID before they
   * turned up: a transaction of its own.
   */
  private async create(tx: Transaction, sessionId: string): Promise<User> {
    if (!isBlinded(sessionId)) return this.createUnadopted(tx, sessionId);
    const person = absoluteBlindedId(sessionId);
    const awaited = await this.users.findAwaited(tx, person);
    if (awaited) await this.lockStaffedRooms(tx, awaited);
    await this.users.lockPeople(tx, [person]);
    await this.users.create(tx, sessionId);
    const waiting = await this.users.takePendingBlinding(tx, person);
    if (waiting !== undefined) await this.adopt(tx, waiting, sessionId);
    return this.mustFind(tx, sessionId);
  }

  /** Locks the rooms whose lists of moderators name somebody, which comes before any other lock. */
  private async lockStaffedRooms(tx: Transaction, user: User): Promise<void> {
    if (user.moderator) await this.rooms.lockAll(tx);
    else await this.rooms.lockMany(tx, staffedRooms(user));
  }

  private async adopt(tx: Transaction, from: number, sessionId: string): Promise<void> {
    const before = await this.users.get(from, tx);
    // Appointed since the rooms were locked. The next attempt sees that.
    if (!holdsRooms(tx, before))
      throw new PrerequisiteError('Somebody has just been appointed', () => Promise.resolve());
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

function holdsRooms(tx: Transaction, user: User): boolean {
  return holds(tx, 'rooms', user.moderator ? [ALL] : staffedRooms(user));
}

function staffedRooms(user: User): number[] {
  return [...user.overrides].filter(([, override]) => override.moderator).map(([roomId]) => roomId);
}
