import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ProgressStream } from './terminal-progress.js';

/** Where a command writes. */
export interface OutputStreams {
  readonly stdout: Writable;
  readonly stderr: Writable & ProgressStream;
}

/** Writes what a command has to say. */
export class Output {
  constructor(private readonly streams: OutputStreams) {}

  /** Whether a person sees standard output at once. */
  get isTerminal(): boolean {
    return 'isTTY' in this.streams.stdout && this.streams.stdout.isTTY === true;
  }

  /** Writes a result to standard output, as the lines given. */
  lines(lines: readonly string[]): void {
    this.streams.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Writes a result to standard output for a program that called the command. */
  json(value: unknown): void {
    this.streams.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Writes results to standard output as they come, one object a line, no faster than they are read there. */
  async jsonLines(values: AsyncIterable<object>): Promise<void> {
    const lines = Readable.from(values).map((value: object) => `${JSON.stringify(value)}\n`);
    await pipeline(lines, this.streams.stdout, { end: false });
  }

  /** Standard output for a stream that ends: a pipeline would close it, and with it the process's own. */
  unending(): Writable {
    const { stdout } = this.streams;
    return new Writable({
      write: (chunk, _encoding, done) => {
        stdout.write(chunk, done);
      },
    });
  }

  /** Writes what went well to standard error, where standard output has something else. */
  note(line: string): void {
    this.streams.stderr.write(`${line}\n`);
  }

  /** Writes what went wrong to standard error. */
  problem(line: string): void {
    this.streams.stderr.write(`plaza: ${line}\n`);
  }
}

/** A moment, unix seconds, for a person and for sorting: `2026-11-21 18:00:00Z`. */
export function formatMoment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').replace(/\.\d+/, '');
}
