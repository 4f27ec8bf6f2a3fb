import type * as activities from '../../../src/users/activity.service.js';
import { type SessionClient } from '../../client/client.js';
import { Identity } from '../../client/identity.js';
import { Actors } from '../../support/actors.js';
import { compiled } from '../../support/compiled.js';
import { openServer, type OpenServer } from '../../support/open-server.js';
import { Observer, Person } from './people.js';
import { type Tick, Timeline } from './timeline.js';
import { randomWords } from './words.js';

const { ActivityService } = await compiled<typeof activities>('users/activity.service.js');

const ESTABLISHED = 5;
/** Seconds between posts of the established: about a hundred in a raid. */
const ESTABLISHED_APART = { least: 5, most: 900, share: 100 };
/** Seconds after an incident's start at which everybody is looked at, as the server does by its timer and its job. */
const LOOKED_AT = [0, 5, 10, 14, 15, 20, 25, 30, 35, 40];

export interface StageOptions {
  tick: Tick;
  rooms?: readonly string[];
  env?: Record<string, string>;
}

/** A room with those who watch it. */
export class Place {
  readonly established: Person[] = [];
  guardedAt: number | undefined;

  constructor(
    readonly token: string,
    readonly observer: Observer,
    readonly staff: Observer,
    readonly staffClient: SessionClient,
    private readonly server: OpenServer,
    private readonly timeline: Timeline,
  ) {}

  async watch(): Promise<void> {
    await Promise.all([this.observer.poll(), this.staff.poll()]);
    if (this.guardedAt !== undefined) return;
    const [row] = await this.server.sql(
      `SELECT i.id FROM incidents i JOIN rooms r ON r.id = i.room_id WHERE r.token = $1`,
      [this.token],
    );
    if (row) this.guardedAt = this.timeline.now;
  }
}

/** A server with people who have been there for a while, and its time. */
export class Stage {
  readonly honest: Person[] = [];
  readonly raiders: Person[] = [];
  readonly places: Place[] = [];
  /** When a person's post was first seen by others, in seconds of the timeline; by their ID. */
  readonly publishedAt = new Map<string, number>();
  /** When the raid began, in seconds of the timeline, where that is not at its first post. */
  began: number | undefined;
  private readonly lookedAt = new Set<Place>();

  private constructor(
    readonly server: OpenServer,
    readonly timeline: Timeline,
    readonly tokens: readonly string[],
  ) {}

  static async open({ tick, rooms = ['lobby'], env = {} }: StageOptions): Promise<Stage> {
    const server = await openServer({
      env: { DEFENCE: 'on', RATE_LIMIT_PER_KEY: '100000', LOG_LEVEL: 'silent', ...env },
      heldClock: true,
    });
    const actors = new Actors(server);
    const timeline = new Timeline(server.clock, tick);
    const stage = new Stage(server, timeline, rooms);
    const staff = await actors.staff('mod', { in: 'global' });
    for (const token of rooms) {
      if (token !== 'lobby') await server.addRoom(token);
      const watching = (client: SessionClient): Observer => new Observer(client, timeline, token);
      const place = new Place(
        token,
        watching(actors.person('observer')),
        watching(staff),
        staff,
        server,
        timeline,
      );
      stage.places.push(place);
      for (let i = 0; i < ESTABLISHED; i += 1) {
        const person = stage.fresh(token);
        await person.post(`Hello from ${randomWords()}`);
        place.established.push(person);
      }
      // They have been there for long, so nothing of that counts.
      await server.sql('UPDATE trust SET member_since = 1, regular_since = 1');
      await server.forgetRaids();
      await server.sql(`UPDATE server_defence SET first_posts = '{}'`);
    }
    return stage;
  }

  get place(): Place {
    const [place] = this.places;
    if (!place) throw new Error('There is no room');
    return place;
  }

  get room(): string {
    return this.place.token;
  }

  async close(): Promise<void> {
    await this.server.stop();
  }

  fresh(room = this.room): Person {
    return new Person(
      this.server.client(new Identity()),
      this.timeline,
      () => this.server.clock.milliseconds(),
      room,
    );
  }

  /** Somebody whose posts are counted as the raid's. */
  raider(room = this.room): Person {
    const raider = this.fresh(room);
    this.raiders.push(raider);
    return raider;
  }

  /** Lets everybody live for some seconds; the established go on writing meanwhile. */
  async play(seconds: number): Promise<void> {
    const { least, most, share } = ESTABLISHED_APART;
    const apart = Math.min(most, Math.max(least, seconds / share));
    for (const place of this.places) {
      this.timeline.start(() => this.chat(place, this.timeline.now + seconds, apart));
    }
    await this.timeline.play(this.timeline.now + seconds, () => this.watch());
  }

  /**
   * Has the operator ban the raid by one command in each room that had one.
   * @returns a text that says what others still see of the raiders
   */
  async banRaiders(): Promise<string> {
    const raided = this.places.filter(({ guardedAt }) => guardedAt !== undefined);
    for (const { token } of raided) {
      const { code, stderr } = await this.server.plaza('raid', 'ban', '--room', token);
      if (code !== 0) throw new Error(stderr);
    }
    if (raided.length === 0) return '–';
    for (const { observer } of this.places) await observer.poll();
    return String(this.raiders.filter((raider) => this.isPublished(raider)).length);
  }

  isPublished(person: Person): boolean {
    return this.placeOf(person).observer.sees(person.client.id);
  }

  placeOf({ room }: Person): Place {
    const place = this.places.find(({ token }) => token === room);
    if (!place) throw new Error(`There is no room ${room}`);
    return place;
  }

  private async chat({ established }: Place, until: number, apart: number): Promise<void> {
    for (let i = 0; this.timeline.now < until; i += 1) {
      await established[i % established.length]?.post(`An old member goes on at ${this.timeline.now} s`);
      await this.timeline.sleep(apart);
    }
  }

  private async watch(): Promise<void> {
    // Visits are written every second of the machine's clock, which a driven one leaves behind.
    await this.server.get(ActivityService).write();
    await this.server.runJob('defence of rooms');
    for (const place of this.places) {
      await place.watch();
      if (place.guardedAt === undefined || this.lookedAt.has(place)) continue;
      this.lookedAt.add(place);
      this.timeline.start(() => this.lookClosely());
    }
    for (const person of this.honest) {
      const { id } = person.client;
      if (!this.publishedAt.has(id) && this.isPublished(person)) this.publishedAt.set(id, this.timeline.now);
    }
  }

  private async lookClosely(): Promise<void> {
    const began = this.timeline.now;
    for (const seconds of LOOKED_AT) await this.timeline.sleepUntil(began + seconds);
  }
}
