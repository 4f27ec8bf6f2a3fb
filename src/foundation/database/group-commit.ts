import { setTimeout as sleep } from 'node:timers/promises';

/** The outcome of an item: its result, or why it alone was refused. */
export type Outcome<Result> = { result: Result } | { refusal: Error };

interface WaitingItem<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** Items written together at most. */
const LARGEST_GROUP = 128;

/**
 * Lets items of one key that arrive while others are being written share the next write: under load many share the
 * cost of a transaction, and one that comes alone does not wait. Items of a key are written in order of arrival.
 */
export class GroupCommit<Item, Result> {
  private readonly queues = new Map<string, WaitingItem<Item, Result>[]>();

  /**
   * @param write      writes items of one key together, and tells of each what became of it
   * @param startsApart milliseconds that pass at least from the start of one write of a key to that of its next: writes
   *   that take less would be as many as the items
   */
  constructor(
    private readonly write: (key: string, items: readonly Item[]) => Promise<Outcome<Result>[]>,
    private readonly startsApart = 0,
  ) {}

  /**
   * Has an item written.
   * @throws its refusal, or what its write threw
   */
  add(key: string, item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const waiting = { item, resolve, reject };
      const queue = this.queues.get(key);
      if (queue) {
        queue.push(waiting);
        return;
      }
      const started = [waiting];
      this.queues.set(key, started);
      void this.drain(key, started);
    });
  }

  private async drain(key: string, queue: WaitingItem<Item, Result>[]): Promise<void> {
    while (queue.length > 0) {
      const pause = this.startsApart > 0 ? sleep(this.startsApart) : undefined;
      await this.writeGroup(key, queue.splice(0, LARGEST_GROUP));
      await pause;
    }
    this.queues.delete(key);
  }

  private async writeGroup(key: string, group: readonly WaitingItem<Item, Result>[]): Promise<void> {
    try {
      const outcomes = await this.write(
        key,
        group.map(({ item }) => item),
      );
      for (const [index, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[index];
        if (outcome && 'result' in outcome) resolve(outcome.result);
        else reject(outcome?.refusal ?? new Error('A write told nothing of an item'));
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
