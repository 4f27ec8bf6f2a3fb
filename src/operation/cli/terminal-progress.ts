import { type Progress } from '../../foundation/progress.js';

const BAR_WIDTH = 30;
const REDRAW_MS = 100;
/** Without a terminal to redraw: a line for each so many per cent. */
const STEP_PERCENT = 10;

/** A stream that may be a terminal. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Shows progress as a bar that fills on a terminal, and as one line every ten per cent elsewhere. */
export class TerminalProgress implements Progress {
  private task = '';
  private total = 0;
  private done = 0;
  private drawnAt = 0;
  private toldPercent = 0;

  constructor(private readonly stream: ProgressStream = process.stderr) {}

  begin(task: string, total: number): void {
    this.task = task;
    this.total = total;
    this.done = 0;
    this.toldPercent = 0;
    this.drawnAt = 0;
    if (this.stream.isTTY) this.draw();
  }

  advance(amount: number): void {
    this.done += amount;
    if (this.stream.isTTY) {
      if (performance.now() - this.drawnAt >= REDRAW_MS) this.draw();
      return;
    }
    if (this.percent < 100 && this.percent >= this.toldPercent + STEP_PERCENT) this.tell();
  }

  end(): void {
    this.total = this.done;
    if (!this.stream.isTTY) {
      this.tell();
      return;
    }
    this.draw();
    this.stream.write('\n');
  }

  private get percent(): number {
    return this.total === 0 ? 100 : Math.min(100, Math.floor((100 * this.done) / this.total));
  }

  private tell(): void {
    this.toldPercent = this.percent;
    this.stream.write(`${this.task}: ${this.done} (${this.percent} %)\n`);
  }

  private draw(): void {
    this.drawnAt = performance.now();
    const filled = Math.round((BAR_WIDTH * this.percent) / 100);
    const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
    this.stream.write(`\r\x1b[K${bar} ${String(this.percent).padStart(3)} %  ${this.task}: ${this.done}`);
  }
}
