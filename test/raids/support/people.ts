import { CHALLENGES_IN_ENGLISH } from '../../../src/messages/challenges/texts/en.js';
import { type PostOptions, type SessionClient } from '../../client/client.js';
import { readMessage } from '../../client/message.js';
import { type MessageUpdate } from '../../client/types.js';
import { type Timeline } from './timeline.js';

/** Updates in one answer, the most that the server gives. */
const PAGE = 256;

/** The text of a message; undefined for one that is deleted, and for reactions alone. */
function textOf({ data }: MessageUpdate): string | undefined {
  return typeof data === 'string' ? readMessage(data).body : undefined;
}

/** Somebody with a Session ID of their own: they post, and may poll and answer what the server asks them. */
export class Person {
  /** Statuses of their posts' answers. */
  readonly statuses: number[] = [];
  /** Whether they answer what the server asks. */
  isAnswering = true;
  /** When they posted first, in seconds of the timeline. */
  postedAt: number | undefined;
  private since = 0;
  private readonly asked = new Map<number, { text: string; seenAt: number; pictures: string[] }>();

  /** @param now the time that they go by, in unix milliseconds */
  constructor(
    readonly client: SessionClient,
    readonly timeline: Timeline,
    private readonly now: () => number,
    readonly room: string,
  ) {}

  /** Posts something. @returns the message's id; undefined when it is refused */
  async post(text: string, options: PostOptions = {}): Promise<number | undefined> {
    this.postedAt ??= this.timeline.now;
    const answer = await this.timeline.send(() =>
      this.client.postMessage(this.room, text, { timestamp: this.now(), ...options }),
    );
    this.statuses.push(answer.status);
    return answer.status === 201 ? answer.json.id : undefined;
  }

  /** Reads what is new, and remembers what the server asks. */
  async poll(): Promise<void> {
    const rows = await this.timeline.send(
      async () => (await this.client.messagesSince(this.room, this.since, { limit: PAGE })).expect(200).json,
    );
    for (const row of rows) {
      this.since = Math.max(this.since, row.seqno);
      const text = textOf(row);
      if (row.data === null) this.asked.delete(row.id);
      if (row.whisper === true && text !== undefined)
        this.asked.set(row.id, {
          text,
          seenAt: this.timeline.now,
          pictures: Object.keys(row.reactions ?? {}),
        });
    }
    if (rows.length === PAGE) await this.poll();
  }

  /** Whether the server has asked them something that they have had so many seconds to read. */
  isAsked(seconds: number): boolean {
    const newest = [...this.asked.values()].at(-1);
    return newest !== undefined && this.timeline.now - newest.seenAt >= seconds;
  }

  /** Answers by typing, as a person does who understands the question. */
  async answerRightly(): Promise<void> {
    const [id, { text }] = [...this.asked].at(-1) ?? [0, { text: '' }];
    const word = / write ([^.]+)\.$/.exec(text)?.[1];
    const question = CHALLENGES_IN_ENGLISH.questions.find(({ text: asked }) => text.endsWith(asked));
    const answer = word ?? question?.answers[0];
    this.asked.delete(id);
    if (answer === undefined) return;
    await this.timeline.send(() => this.client.postMessage(this.room, answer, { timestamp: this.now() }));
  }

  /**
   * Taps any of the pictures, as a script does.
   * @returns false when there are none
   */
  async answerByChance(): Promise<boolean> {
    const [id = 0, { pictures } = { pictures: [] }] = [...this.asked].at(-1) ?? [];
    const picture = pictures[Math.floor(Math.random() * pictures.length)];
    this.asked.delete(id);
    if (picture === undefined) return false;
    await this.timeline.send(() => this.client.react(this.room, id, picture));
    return true;
  }
}

/** A message of somebody as others saw it; times in seconds of the timeline. */
export interface Sighting {
  author: string;
  /** All texts that it had, the newest last. */
  texts: string[];
  first: number;
  gone: number | undefined;
  reactions: number;
}

/** Somebody who polls like any member and keeps what they see. */
export class Observer {
  /** By id of the message. */
  readonly sightings = new Map<number, Sighting>();
  readonly whispersToStaff: string[] = [];
  /** Ids of messages that are there now, by author. */
  private readonly shown = new Map<string, Set<number>>();
  private since = 0;

  constructor(
    private readonly client: SessionClient,
    private readonly timeline: Timeline,
    private readonly room: string,
  ) {}

  async poll(): Promise<void> {
    const query = { limit: PAGE, t: 'r', reactors: 5 };
    const rows = await this.timeline.send(
      async () => (await this.client.messagesSince(this.room, this.since, query)).expect(200).json,
    );
    for (const row of rows) this.see(row);
    if (rows.length === PAGE) await this.poll();
  }

  /** Whether a message of somebody is there now. */
  sees(author: string): boolean {
    return (this.shown.get(author)?.size ?? 0) > 0;
  }

  /** The messages of somebody that were seen, whether they are still there or not. */
  seenOf(author: string): Sighting[] {
    return [...this.sightings.values()].filter((sighting) => sighting.author === author);
  }

  private see(row: MessageUpdate): void {
    this.since = Math.max(this.since, row.seqno);
    const known = this.sightings.get(row.id);
    if (row.data === null) {
      if (known) known.gone ??= this.timeline.now;
      if (known) this.shown.get(known.author)?.delete(row.id);
      return;
    }
    const text = textOf(row);
    if (known) {
      if (text !== undefined && known.texts.at(-1) !== text) known.texts.push(text);
      known.reactions = countOf(row);
    } else if (text !== undefined && row.session_id !== undefined) this.meet(row, row.session_id, text);
  }

  private meet(row: MessageUpdate, author: string, text: string): void {
    if (row.whisper_mods === true) this.whispersToStaff.push(text);
    if (row.whisper === true) return;
    const first = this.timeline.now;
    this.sightings.set(row.id, { author, texts: [text], first, gone: undefined, reactions: countOf(row) });
    this.shown.set(author, (this.shown.get(author) ?? new Set()).add(row.id));
  }
}

/** How many reactions a message has, all kinds together. */
function countOf({ reactions = {} }: MessageUpdate): number {
  return Object.values(reactions).reduce((sum, { count }) => sum + count, 0);
}
