interface WaitingLoan {
  bytes: number;
  resolve: (isGranted: boolean) => void;
  timer: NodeJS.Timeout;
}

/** Lends bytes of memory, of which there is only so much; who comes too late waits for a while. */
export class ByteBudget {
  private lent = 0;
  private readonly queue: WaitingLoan[] = [];

  /**
   * @param size       bytes that may be lent at a time; what asks for more gets all of them
   * @param patienceMs how long somebody waits at most
   * @param mostWaiting how many may wait
   */
  constructor(
    private readonly size: number,
    private readonly patienceMs: number,
    private readonly mostWaiting: number,
  ) {}

  /** Bytes lent at the moment. */
  get inUse(): number {
    return this.lent;
  }

  /** Borrows bytes, in order of arrival. False when they were not free in time: then there is nothing to give back. */
  take(bytes: number): Promise<boolean> {
    if (this.queue.length === 0 && this.fits(bytes)) {
      this.lent += this.share(bytes);
      return Promise.resolve(true);
    }
    if (this.queue.length >= this.mostWaiting) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.queue.splice(this.queue.indexOf(waiting), 1);
        resolve(false);
        this.serve();
      }, this.patienceMs);
      const waiting = { bytes, resolve, timer };
      this.queue.push(waiting);
    });
  }

  /** Gives back what {@link take} has lent. */
  give(bytes: number): void {
    this.lent -= this.share(bytes);
    this.serve();
  }

  private serve(): void {
    for (let next = this.queue[0]; next && this.fits(next.bytes); next = this.queue[0]) {
      this.queue.shift();
      clearTimeout(next.timer);
      this.lent += this.share(next.bytes);
      next.resolve(true);
    }
  }

  private fits(bytes: number): boolean {
    return this.lent + this.share(bytes) <= this.size;
  }

  private share(bytes: number): number {
    return Math.min(bytes, this.size);
  }
}
