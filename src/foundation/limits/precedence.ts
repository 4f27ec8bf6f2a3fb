import { ProtocolError } from '../errors/protocol-error.js';

/** Those who give way while a process has too much to do, the first of them least. Members never wait. */
export const GIVING_WAY = ['stranger', 'anonymous', 'page'] as const;
export type GivesWay = (typeof GIVING_WAY)[number];

/** Seconds after which trying again makes sense. */
const RETRY_AFTER = 5;

interface WaitingTurn {
  resolve: () => void;
  reject: (refusal: ProtocolError) => void;
  /** Milliseconds of the clock. */
  until: number;
}

/** The surroundings of a {@link Precedence}, and its bounds. */
export interface PrecedenceParts {
  /** Whether the process has too much to do at this moment. */
  isBusy: () => boolean;
  /** Runs something once what has arrived by now is under way; later, when the database is what is busy. */
  later: (work: () => void) => void;
  /** Milliseconds. */
  now: () => number;
  /** How many may wait at a time. */
  mostWaiting: number;
  /** How long one of them waits, in milliseconds. */
  patience: number;
  /** Is told of each one who waits, and of each one who is refused. */
  count: (what: 'waits' | 'refusals', who: GivesWay) => void;
}

/**
 * The order in which requests are served while a process has too much to do: members at once, and of others one in each
 * turn of the event loop, strangers with a key first, pages last. So what members ask for waits for one of them at most.
 * When too many wait, the newest of the last kind is refused, and everybody is who has waited too long.
 */
export class Precedence {
  private readonly queues: Record<GivesWay, WaitingTurn[]> = { stranger: [], anonymous: [], page: [] };
  private waiting = 0;

  constructor(private readonly parts: PrecedenceParts) {}

  /**
   * Asks for the turn of a request that gives way.
   * @returns what to wait for; undefined while the process is not busy
   * @throws ProtocolError `unavailable`, in the promise
   */
  turn(who: GivesWay): Promise<void> | undefined {
    // Nobody overtakes those who wait.
    if (this.waiting === 0 && !this.parts.isBusy()) return undefined;
    this.parts.count('waits', who);
    if (this.waiting >= this.parts.mostWaiting && !this.makeRoom(who)) {
      return Promise.reject(this.refusal(who));
    }
    return new Promise((resolve, reject) => {
      this.queues[who].push({ resolve, reject, until: this.parts.now() + this.parts.patience });
      if (++this.waiting === 1) this.parts.later(this.serve);
    });
  }

  private readonly serve = (): void => {
    this.dropImpatient();
    const next = GIVING_WAY.map((who) => this.queues[who])
      .find((queue) => queue.length > 0)
      ?.shift();
    if (next) {
      this.waiting--;
      next.resolve();
    }
    if (this.waiting > 0) this.parts.later(this.serve);
  };

  /** Refuses the newest of a kind that gives way to this one; false when there is none. */
  private makeRoom(who: GivesWay): boolean {
    const later = GIVING_WAY.slice(GIVING_WAY.indexOf(who) + 1).reverse();
    const loser = later.find((other) => this.queues[other].length > 0);
    if (loser === undefined) return false;
    this.waiting--;
    this.queues[loser].pop()?.reject(this.refusal(loser));
    return true;
  }

  private dropImpatient(): void {
    const now = this.parts.now();
    for (const who of GIVING_WAY) {
      for (let first = this.queues[who][0]; first && first.until <= now; first = this.queues[who][0]) {
        this.queues[who].shift();
        this.waiting--;
        first.reject(this.refusal(who));
      }
    }
  }

  private refusal(who: GivesWay): ProtocolError {
    this.parts.count('refusals', who);
    return new ProtocolError(
      'unavailable',
      'members are served first while there is much to do',
      RETRY_AFTER,
    );
  }
}
