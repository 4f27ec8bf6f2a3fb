import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes a result to standard output, as the lines given. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Writes a result to standard output for a program that called the command. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Writes results to standard output as they come, one object a line, no faster than they are read there. */
export async function printJsonLines(values: AsyncIterable<object>): Promise<void> {
  const lines = Readable.from(values).map((value: object) => `${JSON.stringify(value)}\n`);
  await pipeline(lines, process.stdout, { end: false });
}

/** Writes what went wrong to standard error. */
export function printProblem(line: string): void {
  process.stderr.write(`plaza: ${line}\n`);
}

/** A moment, unix seconds, for a person and for sorting: `2026-11-21 18:00:00Z`. */
export function formatMoment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('T', ' ').replace(/\.\d+/, '');
}
