import { type Progress } from '../../foundation/progress.js';

const BAR_WIDTH = 30;
const REDRAW_MS = 100;
/** Without a terminal to redraw: a line as often, so that short work writes none and long work no more than a log bears. */
const BETWEEN_LINES_MS = 60_000;

/** A stream that may be a terminal. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Shows progress as a bar that fills on a terminal, and elsewhere as one line a minute. */
export class TerminalProgress implements Progress {
  private task = '';
  private total = 0;
  private done = 0;
  private drawnAt = 0;
  private toldAt: number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(
    private readonly stream: ProgressStream = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.toldAt = now();
  }

  begin(task: string, total: number): void {
    this.task = task;
    this.total = total;
    this.done = 0;
    this.drawnAt = 0;
    if (this.stream.isTTY) this.draw();
  }

  advance(amount: number): void {
    this.done += amount;
    if (this.stream.isTTY) {
      if (this.now() - this.drawnAt >= REDRAW_MS) this.draw();
      return;
    }
    if (this.now() - this.toldAt >= BETWEEN_LINES_MS) this.tell();
  }

  end(): void {
    this.total = this.done;
    if (!this.stream.isTTY) return;
    this.draw();
    this.stream.write('\n');
  }

  private get percent(): number {
    return this.total === 0 ? 100 : Math.min(100, Math.floor((100 * this.done) / this.total));
  }

  private tell(): void {
    this.toldAt = this.now();
    this.stream.write(`${this.task}: ${this.done} (${this.percent} %)\n`);
  }

  private draw(): void {
    this.drawnAt = this.now();
    const filled = Math.round((BAR_WIDTH * this.percent) / 100);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    this.stream.write(`\r\x1b[K${bar} ${String(this.percent).padStart(3)} %  ${this.task}: ${this.done}`);
  }
}
