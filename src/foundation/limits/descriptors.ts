import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type Settings } from '../config/settings.js';

/** Descriptors that a worker needs beside connections and files: its event loop, standard streams, the way to its supervisor. */
const OWN = 48;
/** Sessions of the database outside of the pool: the change feed, the lock of the jobs and what commands borrow. */
const DATABASE_EXTRA = 6;
/** Files that are open at a time: uploads that arrive and downloads that leave. */
const FILES = 384;
/** A worker keeps so many connections even where few descriptors are allowed. */
const FEWEST_CONNECTIONS = 16;

/**
 * How many descriptors (connections and open files) this process may have. Node.js raises the soft limit to the hard
 * one when it starts, so that is the number. Infinity where the system has none.
 */
export function descriptorLimit(): number {
  const text = process.platform === 'linux' ? softLimitFromProc() : softLimitFromShell();
  const limit = Number(text);
  return Number.isInteger(limit) ? limit : Infinity;
}

/**
 * How many connections of clients a worker keeps: MAX_CONNECTIONS, or less where the limit of descriptors demands it.
 * A worker that ran out of descriptors could open neither files nor sessions of the database, and a connection that
 * its supervisor passes on would be lost and block all that come after it.
 * @param limit as {@link descriptorLimit} tells it
 */
export function connectionLimit(
  { maxConnections, databasePoolSize }: Pick<Settings, 'maxConnections' | 'databasePoolSize'>,
  limit: number,
): number {
  const reserved = OWN + DATABASE_EXTRA + databasePoolSize + fileLimit(limit);
  const possible = Math.max(FEWEST_CONNECTIONS, limit - reserved);
  return maxConnections === 0 ? possible : Math.min(maxConnections, possible);
}

/** How many files a worker keeps open at a time, for uploads and downloads together: at most a quarter of all. */
export function fileLimit(limit: number): number {
  return Math.min(FILES, Math.floor(limit / 4));
}

/** How many uploads straight over HTTP a worker receives at a time: each has a file open. */
export function uploadLimit(limit: number): number {
  return Math.floor(fileLimit(limit) / 3);
}

/** How many downloads a worker sends at a time; some more may be open while they wait for their turn. */
export function downloadLimit(limit: number): number {
  return Math.floor(fileLimit(limit) / 2);
}

function softLimitFromProc(): string | undefined {
  return /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
}

function softLimitFromShell(): string {
  return execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
}
