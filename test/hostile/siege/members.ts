import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../../client/client.js';

/** The results of honest members while others attacked. */
export interface Experience {
  /** Milliseconds that each poll took. */
  polls: number[];
  /** The wrong answers, a line each. */
  failures: string[];
  /** Ids of the messages that were answered 201. */
  posted: number[];
  uploads: number;
}

const ROOM = 'lobby';
const POLL_PAUSE = 250;
const POST_PAUSE = 8_000;
const UPLOAD_PAUSE = 3_000;
const FILE_BYTES = 300_000;

/** Honest members, who poll, post, upload and download until they are told to stop. */
export class Members {
  readonly experience: Experience = { polls: [], failures: [], posted: [], uploads: 0 };
  private isOver = false;
  private readonly lives: Promise<void>[];

  constructor(people: readonly SessionClient[]) {
    this.lives = people.flatMap((person, index) => [
      this.repeat(POLL_PAUSE, () => this.poll(person)),
      ...(index % 3 === 0 ? [this.repeat(POST_PAUSE, () => this.post(person))] : []),
      ...(index % 5 === 0 ? [this.repeat(UPLOAD_PAUSE, () => this.upload(person))] : []),
    ]);
  }

  /** Lets what is under way end. */
  async stop(): Promise<Experience> {
    this.isOver = true;
    await Promise.all(this.lives);
    return this.experience;
  }

  private async repeat(pause: number, act: () => Promise<void>): Promise<void> {
    while (!this.isOver) {
      await act().catch((error: unknown) => this.experience.failures.push(String(error)));
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  private async poll(person: SessionClient): Promise<void> {
    const start = performance.now();
    const answers = (await person.poll({ room: ROOM, infoUpdates: 1, seqno: 1_000_000_000 })).expect(
      200,
    ).json;
    this.experience.polls.push(performance.now() - start);
    const wrong = answers.filter(({ code }) => code !== 200 && code !== 304);
    if (wrong.length > 0) this.experience.failures.push(`a poll met ${wrong.map(({ code }) => code).join()}`);
  }

  private async post(person: SessionClient): Promise<void> {
    const { id } = (await person.postMessage(ROOM, 'a word among members')).expect(201).json;
    this.experience.posted.push(id);
  }

  private async upload(person: SessionClient): Promise<void> {
    const file = randomBytes(FILE_BYTES);
    const { id } = (await person.upload(ROOM, file)).expect(201).json;
    const back = (await person.download(ROOM, id)).expect(200);
    if (!file.equals(back.bytes)) this.experience.failures.push('a file came back otherwise');
    this.experience.uploads++;
  }
}
