import { totalmem } from 'node:os';

const MEBIBYTE = 1024 * 1024;

/** Bytes for the supervisor, a `plaza` command beside it and the program text that all processes share. */
const BESIDE_WORKERS = 64 * MEBIBYTE;
/** Bytes of an embedded PostgreSQL's processes, besides the cache that they share. */
const EMBEDDED_PROCESSES = 64 * MEBIBYTE;
/** Bytes; with this share a worker has the defaults of a large machine and stays within it under attack. */
const FULL_SHARE = 512 * MEBIBYTE;
/** Bytes that a worker takes before it holds anything for clients, with what garbage collection leaves for later. */
const EMPTY_WORKER = 96 * MEBIBYTE;
/** Bytes of memory for each worker that is started by default. */
const PER_DEFAULT_WORKER = 256 * MEBIBYTE;

/** The uses that share the memory. */
export interface MemoryUse {
  /** Bytes that this machine, or the container's share of it, has. */
  readonly memory: number;
  readonly workers: number;
  /** Whether PostgreSQL runs as a part of the server. */
  readonly isEmbedded: boolean;
}

/** The share of each worker, so that all of them fit into the memory. */
export interface WorkerMemory {
  /** Bytes of request bodies. */
  readonly bodies: number;
  /** Bytes of answers under way. */
  readonly answers: number;
  readonly connections: number;
  /** Megabytes to which V8 lets the old part of its heap grow. */
  readonly heap: number;
  /** Whether this is less than a worker needs: then some may be killed. */
  readonly isTooLittle: boolean;
}

/** Bytes of memory that this machine, or the control group of this process, has. */
export function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

/** Bytes that an embedded PostgreSQL's processes take for their common cache: an eighth, within limits. */
export function databaseCache(memory: number): number {
  return Math.round(clamp(memory / MEBIBYTE / 8, 32, 512)) * MEBIBYTE;
}

/** How many workers there is memory for; at least one, however little there is. */
export function workersThatFit({ memory, isEmbedded }: Pick<MemoryUse, 'memory' | 'isEmbedded'>): number {
  return Math.max(1, Math.floor(forWorkers(memory, isEmbedded) / PER_DEFAULT_WORKER));
}

/**
 * Fits the memory of each worker to that of the machine. The figures were found by attacks on a worker in a control group:
 * with the smallest ones it takes 140 MB besides the program text, with the largest ones under 450.
 */
export function workerMemory({ memory, workers, isEmbedded }: MemoryUse): WorkerMemory {
  const share = forWorkers(memory, isEmbedded) / workers;
  const part = clamp((share - EMPTY_WORKER) / (FULL_SHARE - EMPTY_WORKER), 0, 1);
  return {
    bodies: Math.round(Math.max(4, 64 * part)) * MEBIBYTE,
    // The largest file in a batch is an answer of 27 MB.
    answers: Math.round(Math.max(32, 64 * part)) * MEBIBYTE,
    connections: Math.round(Math.max(512, 8192 * part)),
    // The largest body takes 110 MB as nested texts of two bytes a character.
    heap: Math.round(Math.max(160, 512 * part)),
    isTooLittle: share < EMPTY_WORKER,
  };
}

function forWorkers(memory: number, isEmbedded: boolean): number {
  return memory - BESIDE_WORKERS - (isEmbedded ? EMBEDDED_PROCESSES + databaseCache(memory) : 0);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
