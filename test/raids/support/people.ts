import { EN } from '../../../src/messages/challenges/texts/en.js';
import { type SessionClient } from '../../client/client.js';
import { readMessage } from '../../client/message.js';
import { type MessageUpdate } from '../../client/types.js';

const ROOM = 'lobby';

/** The time that everybody goes by, in unix milliseconds. */
export interface Time {
  milliseconds(): number;
}

/** The text of a message; undefined for one that is deleted, and for reactions alone. */
export function textOf({ data }: MessageUpdate): string | undefined {
  return typeof data === 'string' ? readMessage(data).body : undefined;
}

/** Somebody whom no room knows: they post, and may poll and answer what the server asks them. */
export class Stranger {
  /** Their posts. */
  readonly texts: string[] = [];
  /** Statuses of their posts' answers. */
  readonly statuses: number[] = [];
  /** When they answered a challenge last, in unix seconds. */
  answeredAt: number | undefined;
  private since = 0;
  private readonly asked = new Map<number, { text: string; seenAt: number }>();

  constructor(
    readonly client: SessionClient,
    private readonly time: Time,
  ) {}

  async post(text: string): Promise<void> {
    this.texts.push(text);
    const { status } = await this.client.postMessage(ROOM, text, { timestamp: this.time.milliseconds() });
    this.statuses.push(status);
  }

  /** Reads what is new, and remembers what the server asks. */
  async poll(): Promise<void> {
    const rows = (await this.client.messagesSince(ROOM, this.since)).expect(200).json;
    for (const row of rows) {
      this.since = Math.max(this.since, row.seqno);
      const text = textOf(row);
      if (row.data === null) this.asked.delete(row.id);
      if (row.whisper === true && text !== undefined) this.asked.set(row.id, { text, seenAt: this.now });
    }
  }

  /** Whether the server has asked them something that they have had time to read. */
  isAsked(seconds: number): boolean {
    return [...this.asked.values()].some(({ seenAt }) => this.now - seenAt >= seconds);
  }

  /** Answers by typing, as a person does who understands the question. */
  async answerRightly(): Promise<void> {
    const [id, { text }] = [...this.asked].at(-1) ?? [0, { text: '' }];
    const word = / write ([^.]+)\.$/.exec(text)?.[1];
    const question = EN.questions.find(({ text: asked }) => text.endsWith(asked));
    const answer = word ?? question?.answers[0];
    if (answer === undefined) return;
    this.asked.delete(id);
    this.answeredAt = this.now;
    await this.client.postMessage(ROOM, answer, { timestamp: this.time.milliseconds() });
  }

  /** Taps any of the pictures, as a script does. */
  async answerByChance(): Promise<void> {
    const [id] = [...this.asked].at(-1) ?? [];
    if (id === undefined) return;
    const row = (await this.client.message(ROOM, id)).json;
    const pictures = Object.keys(row.reactions);
    this.asked.delete(id);
    this.answeredAt = this.now;
    const picture = pictures[Math.floor(Math.random() * pictures.length)];
    if (picture !== undefined) await this.client.react(ROOM, id, picture);
  }

  private get now(): number {
    return this.time.milliseconds() / 1000;
  }
}

/** How long a text could be seen by everybody: unix seconds. */
interface Sighting {
  first: number;
  last: number;
}

/** Somebody who polls like any member and keeps what they see. */
export class Observer {
  readonly sightings = new Map<string, Sighting>();
  readonly whispersToStaff: string[] = [];
  private since = 0;
  private readonly shown = new Map<number, string>();

  constructor(
    private readonly client: SessionClient,
    private readonly time: Time,
  ) {}

  async poll(): Promise<void> {
    const rows = (await this.client.messagesSince(ROOM, this.since, { limit: '256' })).expect(200).json;
    const now = this.time.milliseconds() / 1000;
    for (const row of rows) {
      this.since = Math.max(this.since, row.seqno);
      const text = textOf(row);
      if (row.data === null) this.shown.delete(row.id);
      else if (text !== undefined && row.whisper_mods === true) this.whispersToStaff.push(text);
      else if (text !== undefined && row.whisper !== true) this.shown.set(row.id, text);
    }
    for (const text of this.shown.values()) {
      const sighting = this.sightings.get(text) ?? { first: now, last: now };
      sighting.last = now;
      this.sightings.set(text, sighting);
    }
  }

  /** Whether a text is there now. */
  sees(text: string): boolean {
    return [...this.shown.values()].includes(text);
  }
}
