/**
 * Bytes a second. Where many transfers want what one of them holds, slower ones give way: half of what a line of one
 * megabit a second carries.
 */
export const LEAST_SPEED = 64 * 1024;
/** Seconds that a transfer's speed is taken over unless told otherwise; a younger transfer is not judged. */
const WINDOW = 3;
const SECOND_MS = 1_000;

/** Bytes that move over somebody's line, and how fast they do. */
export class Transfer {
  /** Bytes of the running second and of the whole ones before it, the latest first. */
  private readonly seconds: number[];
  private age = 0;
  private resting = false;

  /**
   * @param drop   ends the transfer, because others wait for what it holds
   * @param window seconds that its speed is taken over
   */
  constructor(
    readonly drop: () => void,
    private readonly window = WINDOW,
  ) {
    this.seconds = Array<number>(window + 1).fill(0);
  }

  /** Counts bytes that have arrived, or left. */
  moved(bytes: number): void {
    this.seconds[0] = (this.seconds[0] ?? 0) + bytes;
  }

  /** Whether it is the server that makes it wait; meanwhile it is not judged. */
  set held(held: boolean) {
    this.resting = held;
    this.age = 0;
  }

  /** Bytes a second over the last seconds. */
  get speed(): number {
    return this.seconds.reduce((sum, bytes) => sum + bytes, 0) / this.window;
  }

  /** Whether it has had its time and is slower than {@link LEAST_SPEED}. */
  get isSlow(): boolean {
    return !this.resting && this.age >= this.window && this.speed < LEAST_SPEED;
  }

  /** Another second has passed. */
  tick(): void {
    this.age++;
    this.seconds.unshift(0);
    this.seconds.pop();
  }
}

/** Transfers that share something of which there is only so much. */
export class Transfers<T extends Transfer> {
  private readonly running = new Set<T>();
  private clock: NodeJS.Timeout | undefined;

  /** @param everySecond is called each second while anything moves, after all speeds are up to date */
  constructor(private readonly everySecond: () => void) {}

  get count(): number {
    return this.running.size;
  }

  add(transfer: T): void {
    this.running.add(transfer);
    this.clock ??= setInterval(() => {
      for (const one of this.running) one.tick();
      this.everySecond();
    }, SECOND_MS);
  }

  delete(transfer: T): void {
    this.running.delete(transfer);
    if (this.running.size > 0) return;
    clearInterval(this.clock);
    this.clock = undefined;
  }

  /** The slow ones, the slowest first. */
  slowest(): T[] {
    return [...this.running].filter(({ isSlow }) => isSlow).sort((a, b) => a.speed - b.speed);
  }
}
