/** Bytes; a larger answer leaves {@link SPARED} of the memory to smaller ones, which are read within a moment. */
const LARGE = 1024 * 1024;
/** Parts of the memory: what larger answers leave, what strangers have together, what one of many answers may have. */
const SPARED = 1 / 8;
const STRANGERS = 3 / 4;
const SHARE = 1 / 8;
/** Part of the memory that answers may have which are ready and wait for their turn. */
const READY = 1 / 8;
/** Part of the memory up to which it is ample. */
const AMPLE = 1 / 4;
/** How many may wait for their turn: in all, and of one owner. */
const MOST_WAITING = 64;
const MOST_WAITING_OF_ONE = 8;
/** Milliseconds that somebody waits at most; clients give up after some more. */
const PATIENCE_MS = 15_000;

/** The owner whose answers count together. */
export interface AnswerOwner {
  /** A Session ID, or a network address where no key is proved. */
  readonly name: string;
  /** Whether they proved no key, or one that the server has not known for long. */
  readonly isStranger: boolean;
}

/** The memory that one answer takes, until it has left or its reader is gone. */
export class AnswerLease {
  /** Bytes taken. */
  size = 0;
  /** An ended lease takes no more. */
  isOver = false;

  /** @param isGone says whether nobody will read the answer any more */
  constructor(
    readonly owner: AnswerOwner,
    readonly isGone: () => boolean,
  ) {}
}

/** The limit that keeps an answer from taking memory: its owner's, that of strangers, or that of all answers. */
type Obstacle = 'owner' | 'strangers' | 'all';

interface Waiting {
  lease: AnswerLease;
  bytes: number;
  ready: number;
  settle: (isGranted: boolean) => void;
}

/**
 * The memory of one process for answers that are under way to their readers. Nobody takes much of it from others:
 * strangers together have a part, the rest is for members; somebody's first answer may be large, while their others
 * have a share together; and large answers leave room for small ones.
 *
 * An answer that has taken nothing yet waits for its turn. One that grows is refused at once when there is no room:
 * answers that wait for each other's memory would wait for ever.
 */
export class AnswerMemory {
  private used = 0;
  private usedByStrangers = 0;
  private readonly byOwner = new Map<string, number>();
  private readonly waiting = new Set<Waiting>();

  /** @param limit bytes */
  constructor(private readonly limit: number) {}

  /** Bytes taken by all answers. */
  get inUse(): number {
    return this.used;
  }

  /** Whether somebody waits who would get on if this answer gave its memory back. */
  isWantedFrom({ owner }: AnswerLease): boolean {
    for (const { lease, bytes } of this.waiting) {
      const obstacle = this.obstacleTo(lease, bytes);
      if (obstacle === 'owner' && lease.owner.name === owner.name) return true;
      if (obstacle === 'strangers' && owner.isStranger) return true;
      if (obstacle === 'all') return true;
    }
    return false;
  }

  /** Takes so many bytes more, if there is room for them now. */
  take(lease: AnswerLease, bytes: number): boolean {
    if (lease.isOver || this.obstacleTo(lease, bytes)) return false;
    this.add(lease, bytes);
    return true;
  }

  /** Takes bytes whether there is room or not, for the answer of what has been done already. */
  takeAnyway(lease: AnswerLease, bytes: number): void {
    if (!lease.isOver) this.add(lease, bytes);
  }

  /** Takes so many bytes more for what can do with less, if there is room for them now and much is left to others. */
  takeIfAmple(lease: AnswerLease, bytes: number): boolean {
    return this.used + bytes <= AMPLE * this.limit && this.take(lease, bytes);
  }

  /**
   * Takes the first bytes of an answer, when there is room for them.
   * @param ready how many of them are in memory already, while it waits
   * @returns false when they were not free in time, or too many wait; then nothing is taken
   */
  takeInTurn(lease: AnswerLease, bytes: number, ready: number): boolean | Promise<boolean> {
    if (this.take(lease, bytes)) return true;
    if (lease.isOver || !this.mayWait(lease.owner, ready)) return false;
    return new Promise((resolve) => {
      const settle = (isGranted: boolean): void => {
        clearTimeout(timer);
        this.waiting.delete(waiting);
        resolve(isGranted);
      };
      const timer = setTimeout(settle, PATIENCE_MS, false);
      const waiting = { lease, bytes, ready, settle };
      this.waiting.add(waiting);
    });
  }

  /** Takes back all that an answer has; once is enough, and more does no harm. */
  end(lease: AnswerLease): void {
    if (lease.isOver) return;
    lease.isOver = true;
    this.add(lease, -lease.size);
    this.wake();
  }

  private wake(): void {
    for (const { lease, bytes, settle } of this.waiting) {
      if (lease.isOver || lease.isGone()) settle(false);
      else if (this.take(lease, bytes)) settle(true);
    }
  }

  private obstacleTo({ owner, size }: AnswerLease, bytes: number): Obstacle | undefined {
    const others = (this.byOwner.get(owner.name) ?? 0) - size;
    const after = size + bytes;
    if (others > 0 && others + after > SHARE * this.limit) return 'owner';
    const spared = after > LARGE ? SPARED * this.limit : 0;
    if (owner.isStranger && this.usedByStrangers + bytes > STRANGERS * this.limit - spared)
      return 'strangers';
    return this.used + bytes > this.limit - spared ? 'all' : undefined;
  }

  private add(lease: AnswerLease, bytes: number): void {
    const { name, isStranger } = lease.owner;
    lease.size += bytes;
    this.used += bytes;
    if (isStranger) this.usedByStrangers += bytes;
    const all = (this.byOwner.get(name) ?? 0) + bytes;
    if (all === 0) this.byOwner.delete(name);
    else this.byOwner.set(name, all);
  }

  private mayWait({ name }: AnswerOwner, ready: number): boolean {
    let [readyInAll, ofOwner] = [ready, 0];
    for (const other of this.waiting) {
      if (other.lease.isGone()) {
        other.settle(false);
        continue;
      }
      readyInAll += other.ready;
      if (other.lease.owner.name === name) ofOwner++;
    }
    if (this.waiting.size >= MOST_WAITING || ofOwner >= MOST_WAITING_OF_ONE) return false;
    return readyInAll <= READY * this.limit;
  }
}
