import { Identity } from '../../client/identity.js';
import { Actors } from '../../support/actors.js';
import { openServer, type OpenServer } from '../../support/open-server.js';
import { Observer, Stranger, type Time } from './people.js';

const HONEST = 30;
/** One in so many honest newcomers never answers. */
const NEVER_ANSWERS = 10;
const ESTABLISHED = 5;
/** Seconds that a person takes to read and answer. */
const READS_FOR = 8;
const MOST_AT_ONCE = 64;

/** A raid, and the honest people who come meanwhile. Times in seconds from its beginning. */
export interface RaidPlan {
  name: string;
  seconds: number;
  /** Seconds between two looks at what is due; nothing happens in between. */
  step: number;
  /** How many raiders post by then, in all. */
  raiders: (at: number) => number;
  /** How raiders answer challenges; left out for those who never poll. */
  solving?: 'by chance' | 'mostly';
  honest?: number;
  /** Over how many seconds honest newcomers come; over the whole raid by default. */
  honestWithin?: number;
  /** Done before it begins. */
  prepare?: (raid: Raid) => Promise<void>;
}

/** The outcome of a raid. */
export interface RaidResult {
  name: string;
  posts: number;
  /** Seconds until the room was guarded; undefined when it never was. */
  guardedAfter: number | undefined;
  /** How many of the raiders' posts anybody else saw, and for how many seconds at most those that were taken back. */
  seen: number;
  takenBackAfter: number;
  left: number;
  honest: { answering: number; published: number };
  established: { posts: number; refused: number; unseen: number };
  cards: number;
}

/** A server, a crowd, and a clock that is driven. */
export class Raid {
  readonly honest: Stranger[] = [];
  readonly raiders: Stranger[] = [];
  private readonly established: Stranger[] = [];
  private readonly established429 = { posts: 0, refused: 0 };
  private readonly begin: number;
  private guardedAt: number | undefined;

  private constructor(
    readonly server: OpenServer,
    private readonly plan: RaidPlan,
    private readonly observer: Observer,
    private readonly staff: Observer,
  ) {
    this.begin = this.now;
  }

  static async run(plan: RaidPlan): Promise<RaidResult> {
    const server = await openServer({
      env: { DEFENCE: 'on', RATE_LIMIT_PER_KEY: '100000', LOG_LEVEL: 'silent' },
      heldClock: true,
    });
    try {
      const actors = new Actors(server);
      const observer = new Observer(actors.person('observer'), server.clock);
      const staff = new Observer(await actors.moderator(), server.clock);
      const raid = new Raid(server, plan, observer, staff);
      await raid.populate();
      await plan.prepare?.(raid);
      return await raid.play();
    } finally {
      await server.stop();
    }
  }

  private get now(): number {
    return this.time.milliseconds() / 1000;
  }

  private get time(): Time {
    return this.server.clock;
  }

  fresh(): Stranger {
    return new Stranger(this.server.client(new Identity()), this.time);
  }

  private async populate(): Promise<void> {
    for (let i = 0; i < ESTABLISHED; i += 1) {
      const person = this.fresh();
      await person.post(`hi ${i}`);
      this.established.push(person);
    }
    await this.server.sql('UPDATE trust SET member_since = 1, regular_since = 1');
    await this.server.clock.advance('2 days');
  }

  private async play(): Promise<RaidResult> {
    const { seconds, step } = this.plan;
    for (let at = 0; at <= seconds; at += step) {
      await this.act(at);
      await this.watch();
      await this.server.clock.advance(`${step} seconds`);
    }
    // Questions that came last are answered, too.
    for (let i = 0; i < 100; i += 1) {
      await this.server.clock.advance('20 seconds');
      await this.answer();
      await this.watch();
    }
    return this.result();
  }

  private async act(at: number): Promise<void> {
    const { raiders, honest = HONEST, honestWithin = this.plan.seconds } = this.plan;
    const posts: (() => Promise<void>)[] = [];
    for (let i = this.raiders.length; i < Math.floor(raiders(at)); i += 1) {
      const raider = this.fresh();
      this.raiders.push(raider);
      posts.push(() => raider.post(`${randomWords()} ${i}`));
    }
    const due = Math.min(honest, Math.ceil((honest * (at + 1)) / honestWithin));
    for (let i = this.honest.length; i < due; i += 1) {
      const person = this.fresh();
      this.honest.push(person);
      posts.push(async () => {
        await person.poll();
        await person.post(`Good evening, I am number ${i} and ${randomWords()}`);
      });
    }
    for (let start = 0; start < posts.length; start += MOST_AT_ONCE) {
      await Promise.all(posts.slice(start, start + MOST_AT_ONCE).map((post) => post()));
    }
    await this.postOfEstablished(at);
    await this.answer();
  }

  private async postOfEstablished(at: number): Promise<void> {
    const person = this.established[Math.floor(at / this.plan.step) % ESTABLISHED];
    if (!person) return;
    await person.post(`an old member goes on at ${at}`);
    this.established429.posts += 1;
    if (person.statuses.at(-1) !== 201) this.established429.refused += 1;
  }

  private async answer(): Promise<void> {
    const { solving } = this.plan;
    for (const [index, person] of this.honest.entries()) {
      if (this.isPublished(person)) continue;
      await person.poll();
      if (index % NEVER_ANSWERS !== 0 && person.isAsked(READS_FOR)) await person.answerRightly();
    }
    if (!solving) return;
    for (const raider of this.raiders) {
      if (raider.answeredAt !== undefined && solving === 'mostly') continue;
      await raider.poll();
      if (!raider.isAsked(4)) continue;
      await (solving === 'mostly' && Math.random() < 0.95 ? raider.answerRightly() : raider.answerByChance());
    }
  }

  private async watch(): Promise<void> {
    await this.server.runJob('defence of rooms');
    await Promise.all([this.observer.poll(), this.staff.poll()]);
    if (this.guardedAt !== undefined) return;
    const [row] = await this.server.sql(`SELECT min(started_at) AS at FROM incidents`);
    if (row?.at !== null && row?.at !== undefined) this.guardedAt = Number(row.at);
  }

  private isPublished(person: Stranger): boolean {
    return person.texts.some((text) => this.observer.sees(text));
  }

  private result(): RaidResult {
    const seen = this.raiders.flatMap(({ texts }) =>
      texts.flatMap((text) => {
        const sighting = this.observer.sightings.get(text);
        return sighting ? [{ text, ...sighting }] : [];
      }),
    );
    const takenBack = seen.filter(({ text }) => !this.observer.sees(text));
    const answering = this.honest.filter((_, index) => index % NEVER_ANSWERS !== 0);
    const texts = this.established.flatMap((person) => person.texts);
    return {
      name: this.plan.name,
      posts: this.raiders.length,
      guardedAfter: this.guardedAt === undefined ? undefined : this.guardedAt - this.raidBegan,
      seen: seen.length,
      takenBackAfter: Math.max(0, ...takenBack.map(({ first, last }) => last - first)),
      left: seen.length - takenBack.length,
      honest: {
        answering: answering.length,
        published: answering.filter((one) => this.isPublished(one)).length,
      },
      established: {
        ...this.established429,
        unseen: texts.filter((text) => !this.observer.sightings.has(text)).length,
      },
      cards: this.staff.whispersToStaff.length,
    };
  }

  private get raidBegan(): number {
    return this.begin + 2 * 86_400;
  }
}

const WORDS =
  'river lamp green walk seven paper cloud stone music apple winter chair happy train ocean letter'.split(
    ' ',
  );

function randomWords(): string {
  return Array.from({ length: 5 }, () => WORDS[Math.floor(Math.random() * WORDS.length)]).join(' ');
}
