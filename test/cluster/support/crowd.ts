import { setTimeout as sleep } from 'node:timers/promises';
import { checksumOf } from '../../../src/operation/checksums.js';
import { Identity } from '../../client/identity.js';
import { eventually } from '../../support/eventually.js';
import { SeededBytes } from '../../support/seeded-bytes.js';
import { type Cluster } from './cluster.js';
import { History, Reader, ROOM } from './history.js';
import { type RetryingClient } from './retrying-client.js';

const MEMBERS = 6;
const READERS = 4;
const FILE_BYTES = 20_000;
/** Milliseconds between two requests of one person. */
const PAUSE = 40;
const EMOJI = '🦊';
/** Seconds for which every second ban holds; a job ends it. */
const SHORT_BAN = 4;
/** Milliseconds before the end of a ban in which it is not checked. */
const CLOCK_STEP = 1_000;
/** Milliseconds within which jobs end the last short bans, after a failure of the process that carried them out. */
const JOBS_PATIENCE = 60_000;

/**
 * Members who post, edit, delete, react, upload and write to each other, readers, and a moderator who bans: all by way
 * of the balancer, until they are told to stop. The answers that they get go into the history.
 */
export class Crowd {
  readonly history: History;
  private readonly members: RetryingClient[];
  private readonly watchers: RetryingClient[];
  private readonly readers: { reader: Reader; watcher: RetryingClient }[] = [];
  private readonly running: Promise<unknown>;
  private isOver = false;
  private banned = 0;
  private readonly bannedForShort = new Set<string>();

  /**
   * @param name begins every text
   * @param boss may ban in the room
   */
  constructor(
    private readonly cluster: Cluster,
    private readonly name: string,
    private readonly boss: Identity,
  ) {
    this.history = new History(name);
    const join = (): RetryingClient => cluster.client(new Identity());
    this.members = Array.from({ length: MEMBERS }, join);
    this.watchers = Array.from({ length: READERS }, join);
    this.running = Promise.all([
      ...this.members.map((member, index) => this.live(member, index)),
      ...this.watchers.map((watcher, index) => this.watch(watcher, `reader ${index}`)),
      this.moderate(),
    ]);
    // An error is told by `end`, which comes later.
    this.running.catch(() => undefined);
  }

  /** The number of requests of everybody that brought no answer at first. */
  get failures(): number {
    return [...this.members, ...this.watchers].reduce((sum, { failures }) => sum + failures, 0);
  }

  /** The number of requests of everybody that were answered by a 5xx. */
  get refusals(): number {
    return [...this.members, ...this.watchers].reduce((sum, { refusals }) => sum + refusals, 0);
  }

  /** Milliseconds that the slowest request of a member took until it was answered. */
  get longestWait(): number {
    return Math.max(...this.members.map(({ longestWait }) => longestWait));
  }

  /** The number of people who were banned, each of whom every machine refused. */
  get bans(): number {
    return this.banned;
  }

  /** Lets everyone finish, and compares the answers that they got with those of every machine that serves now. */
  async end(): Promise<History> {
    this.isOver = true;
    await this.running;
    for (const { reader, watcher } of this.readers)
      await this.readPatiently(reader, watcher, this.cluster.url);
    for (const url of this.cluster.urls) await this.checkAt(url);
    await this.checkShortBans();
    for (const client of [...this.members, ...this.watchers]) client.close();
    return this.history;
  }

  private async live(member: RetryingClient, index: number): Promise<void> {
    for (let round = 0; !this.isOver; round += 1) {
      const text = `${this.name} post ${index}.${round}`;
      const id = await this.post(member, text);
      if (id !== undefined) {
        if (round % 3 === 0) await this.edit(member, id, text);
        if (round % 4 === 0) await this.react(member, id);
        if (round % 5 === 2) await this.delete(member, id, text);
      }
      if (round % 6 === 1) await this.upload(member, `${index}.${round}`);
      if (round % 4 === 1) await this.write(member, index, round);
      await sleep(PAUSE);
    }
  }

  private async post(member: RetryingClient, text: string, files?: number[]): Promise<number | undefined> {
    const body = member.messageBody(text, files);
    const answer = await member.send({ method: 'POST', path: `/room/${ROOM}/message`, body });
    if (answer.status !== 201) {
      this.history.fault(`a post was answered ${answer.status}`);
      return undefined;
    }
    const { id } = answer.json as { id: number };
    this.history.posts.set(text, { id, text, isDeleted: false });
    return id;
  }

  private async edit(member: RetryingClient, id: number, text: string): Promise<void> {
    const edited = `${text} edited`;
    const body = member.messageBody(edited);
    const answer = await member.send({ method: 'PUT', path: `/room/${ROOM}/message/${id}`, body });
    const known = this.history.posts.get(text);
    if (!known) return;
    if (answer.status === 200) known.text = edited;
    else this.history.fault(`an edit was answered ${answer.status}`);
  }

  private async delete(member: RetryingClient, id: number, text: string): Promise<void> {
    const answer = await member.send({ method: 'DELETE', path: `/room/${ROOM}/message/${id}` });
    const known = this.history.posts.get(text);
    if (!known) return;
    if (answer.status === 200) known.isDeleted = true;
    else this.history.fault(`a deletion was answered ${answer.status}`);
  }

  private async react(member: RetryingClient, id: number): Promise<void> {
    const answer = await member.send({ method: 'PUT', path: `/room/${ROOM}/reaction/${id}/${EMOJI}` });
    if (answer.status === 200) this.history.reactions.push({ id, emoji: EMOJI, by: member.id });
    else this.history.fault(`a reaction was answered ${answer.status}`);
  }

  private async upload(member: RetryingClient, name: string): Promise<void> {
    const bytes = new SeededBytes(`${this.name} ${name}`).bytes(FILE_BYTES);
    const answer = await member.send({ method: 'POST', path: `/room/${ROOM}/file`, body: bytes });
    if (answer.status === 201) {
      const { id } = answer.json as { id: number };
      if ((await this.post(member, `${this.name} post with file ${name}`, [id])) !== undefined)
        this.history.files.push({ id, hash: checksumOf(bytes) });
    } else this.history.fault(`an upload was answered ${answer.status}: ${answer.text}`);
  }

  private async write(member: RetryingClient, index: number, round: number): Promise<void> {
    const to = this.members[(index + 1) % MEMBERS] ?? member;
    const text = `${this.name} letter ${index}.${round}`;
    const body = { message: Buffer.from(text).toString('base64') };
    const answer = await member.send({ method: 'POST', path: `/inbox/${to.id}`, body });
    if (answer.status === 201) this.history.directMessages.push({ to: to.id, text });
    // The recipient may not have been seen yet.
    else if (answer.status !== 404)
      this.history.fault(`a letter was answered ${answer.status}: ${answer.text}`);
  }

  private async watch(watcher: RetryingClient, name: string): Promise<void> {
    const reader = new Reader(this.history, name);
    this.readers.push({ reader, watcher });
    while (!this.isOver) {
      const client = watcher.at(this.cluster.url);
      // A reader's next poll is their retry.
      await reader.read(client).catch(() => undefined);
      client.close();
      await sleep(PAUSE);
    }
  }

  /** Bans newcomers whom both machines know, and has them try at every machine at once when that is answered. */
  private async moderate(): Promise<void> {
    const boss = this.cluster.client(this.boss);
    while (!this.isOver) {
      const target = this.cluster.client(new Identity());
      for (const url of this.cluster.urls) await this.pollAt(target, url);
      const path = `/user/${target.id}/ban`;
      const isShort = this.banned % 2 === 1;
      const body = { rooms: [ROOM], ...(isShort && { timeout: SHORT_BAN }) };
      // An answer waits for a machine that is lost for longer than a short ban holds.
      const until = performance.now() + SHORT_BAN * 1000;
      const answer = await boss.send({ method: 'POST', path, body });
      if (answer.status === 200) {
        if (isShort) this.bannedForShort.add(target.id);
        for (const url of this.cluster.urls) {
          const status = await this.pollAt(target, url);
          const mayBeOver = isShort && performance.now() > until - CLOCK_STEP;
          if (status === 200 && !mayBeOver) this.history.fault(`somebody banned reads at ${url}`);
        }
        this.banned += 1;
      } else if (answer.status !== 404) this.history.fault(`a ban was answered ${answer.status}`);
      target.close();
      await sleep(5 * PAUSE);
    }
    boss.close();
  }

  /** Each short ban was ended by a job, and once. */
  private async checkShortBans(): Promise<void> {
    const ends = async (): Promise<number[]> => {
      const rows = await this.cluster.machine(0).server.sql(
        `SELECT (SELECT count(*) FROM events WHERE kind = 'unban' AND target = person) AS times
         FROM unnest($1::text[]) AS person`,
        [[...this.bannedForShort]],
      );
      return rows.map(({ times }) => Number(times));
    };
    await eventually(async () => (await ends()).every((times) => times > 0), JOBS_PATIENCE);
    const doubled = (await ends()).filter((times) => times > 1).length;
    if (doubled > 0) this.history.fault(`${doubled} short bans were ended more than once`);
  }

  private async pollAt(person: RetryingClient, url: string): Promise<number | undefined> {
    const client = person.at(url);
    try {
      return (await client.recentMessages(ROOM)).status;
    } catch {
      return undefined;
    } finally {
      client.close();
    }
  }

  private async readPatiently(reader: Reader, person: RetryingClient, url: string): Promise<void> {
    for (let quiet = 0; quiet < 2;) {
      const client = person.at(url);
      const found = await reader.read(client).catch(() => undefined);
      client.close();
      if (found === false) quiet += 1;
      else if (found === undefined) await sleep(PAUSE);
    }
  }

  private async checkAt(url: string): Promise<void> {
    const newcomer = this.cluster.client(new Identity());
    const everything = new Reader(this.history, `a newcomer at ${url}`);
    await this.readPatiently(everything, newcomer, url);
    this.history.check(everything.rows, url);
    for (const [index, { reader }] of this.readers.entries()) {
      this.history.check(reader.rows, `reader ${index}`);
      for (const [id, { text, seqno }] of everything.rows) {
        const has = reader.rows.get(id);
        if (has?.text === text) continue;
        const instead = has ? `has "${has.text}" of seqno ${has.seqno}` : 'has nothing';
        this.history.fault(`reader ${index} missed "${text}" of seqno ${seqno} and ${instead}`);
      }
    }
    await this.checkFiles(newcomer, url);
    await this.checkInboxes(url);
    newcomer.close();
  }

  private async checkFiles(person: RetryingClient, url: string): Promise<void> {
    const client = person.at(url);
    for (const { id, hash } of this.history.files) {
      const { status, bytes } = await client.download(ROOM, id);
      if (status !== 200 || checksumOf(bytes) !== hash) this.history.fault(`${url}: file ${id} is ${status}`);
    }
    client.close();
  }

  private async checkInboxes(url: string): Promise<void> {
    for (const member of this.members) {
      const client = member.at(url);
      const found = (await client.inbox())
        .expect(200)
        .json.map(({ message }) => Buffer.from(message, 'base64').toString());
      client.close();
      for (const { text } of this.history.directMessages.filter(({ to }) => to === member.id)) {
        const times = found.filter((one) => one === text).length;
        if (times !== 1) this.history.fault(`${url}: "${text}" is ${times} times in the inbox`);
      }
    }
  }
}
