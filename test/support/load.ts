import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../client/client.js';
import { type MessageRow } from '../client/types.js';

/** Milliseconds. */
const BETWEEN_REQUESTS = 10;

/** The statuses of one client's answers. */
interface Answers {
  posts: number[];
  polls: number[];
}

/** Clients that post and poll in turn, without end; a request that is not answered at all fails the load. */
export class Load {
  /** By text. */
  readonly stored = new Map<string, MessageRow>();
  /** By client. */
  private answers: Answers[] = [];
  private isOver = false;
  private readonly running: Promise<unknown>;

  /** @param name begins every text that this load posts */
  constructor(
    private readonly name: string,
    private readonly clients: SessionClient[],
  ) {
    this.forget();
    this.running = Promise.all(clients.map((client, index) => this.run(client, index)));
    // An error is told by `end`, which may come long after.
    this.running.catch(() => undefined);
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  /** Counts from now on only answers to requests that have not begun yet. */
  forget(): void {
    this.answers = this.clients.map(() => ({ posts: [], polls: [] }));
  }

  /** Whether every client has got so many such answers to posts and to polls. */
  everyoneHad({ post, poll }: { post: number; poll: number }, times = 1): boolean {
    const count = (all: number[], wanted: number): number => all.filter((one) => one === wanted).length;
    return this.answers.every(
      ({ posts, polls }) => count(posts, post) >= times && count(polls, poll) >= times,
    );
  }

  /** All different answers, in order. */
  kinds(): number[] {
    return [...new Set(this.answers.flatMap(({ posts, polls }) => [...posts, ...polls]))].sort();
  }

  private async run(client: SessionClient, index: number): Promise<void> {
    let seqno = 0;
    for (let round = 0; !this.isOver; round++) {
      const text = `${this.name} ${index} ${round}`;
      const { posts } = this.answersOf(index);
      const post = await client.postMessage('lobby', text);
      posts.push(post.status);
      if (post.status === 201) {
        this.stored.set(text, post.json);
        ({ seqno } = post.json);
      }
      const { polls } = this.answersOf(index);
      const poll = await client.poll({ room: 'lobby', infoUpdates: 0, seqno });
      const codes = poll.status === 200 ? poll.json.map(({ code }) => code) : [poll.status];
      // When PostgreSQL goes in the middle of a batch, some of its requests are answered and the rest refused.
      polls.push(codes.find((code) => code !== 200 && code !== 304) ?? 200);
      await sleep(BETWEEN_REQUESTS);
    }
  }

  private answersOf(index: number): Answers {
    const answers = this.answers[index];
    if (!answers) throw new Error(`There is no client ${index}`);
    return answers;
  }
}
