import cluster, { type Worker } from 'node:cluster';
import { closeSync, openSync } from 'node:fs';
import type { Logger } from 'pino';
import { errorCode } from '../../foundation/database/errors.js';
import { ChangeRelay } from './change-relay.js';
import { RateCounts } from './rate-counts.js';
import { saveHandedConnections } from './handed-connections.js';
import { JobDuty } from './job-duty.js';
import { isWorkerReport, type ListeningReport, type StopOrder } from './worker-messages.js';

const FIRST_RESTART_DELAY_MS = 100;
const LONGEST_RESTART_DELAY_MS = 30_000;
/** A worker that lived this long was healthy: its end says nothing about the next one's. */
const HEALTHY_AFTER_MS = 60_000;
const MAX_FAILED_STARTS = 5;

/**
 * Flags of V8. It takes twice the semi-space (MB) besides its heap. With 8 a poll with 20 messages is a tenth cheaper and
 * an idle one is not, with 2 that is a third dearer. Where memory is small, garbage is collected after each large body.
 * @param heap MB; V8 lets a heap that may become large grow to several times what is in use, which is some 40 MB
 */
function memoryOptions(heap: number): string[] {
  return [`--max-old-space-size=${heap}`, '--max-semi-space-size=4', '--expose-gc'];
}

/**
 * For glibc: threads share few arenas of memory instead of eight for each core, and buffers of half a megabyte or more
 * are given back whenever they are freed. Otherwise a worker that has sent files would stay as large as it was then.
 */
const ALLOCATION = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: String(512 * 1024) };

export interface WorkerPoolOptions {
  /** Number of worker processes. */
  readonly size: number;
  /** Megabytes to which the heap of each may grow. */
  readonly heap: number;
  /** Added to the environment of every worker: its settings as text. */
  readonly environment: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** Aborted as soon as the server is to stop: from then on no worker that ends is missed. */
  readonly stopping: AbortSignal;
  /** Called with the reason, on one line, when the pool can't keep any worker running. */
  readonly onGivenUp: (reason: string) => void;
}

/** Whether it is the worker that makes the database ready and opens the first room; later ones find that done. */
export function isFirstWorker(worker: Worker | undefined): boolean {
  return worker?.id === 1;
}

/**
 * Descriptors that are free whenever a worker is started, and occupied otherwise. Connections that no worker has taken
 * yet pile up in the supervisor while workers are busy, to its limit of descriptors; it still must start a worker then.
 */
const SPARE_DESCRIPTORS = 16;

function occupyDescriptors(): number[] {
  const occupied: number[] = [];
  try {
    while (occupied.length < SPARE_DESCRIPTORS) occupied.push(openSync('/dev/null', 'r'));
  } catch (error) {
    // There are no more to spare now; what is occupied serves, too.
    if (errorCode(error) !== 'EMFILE') throw error;
  }
  return occupied;
}

interface WorkerState {
  readonly worker: Worker;
  readonly bornAt: number;
  listening: boolean;
  failure?: string;
}

/**
 * The worker processes. One that dies is replaced, after a pause that doubles while they keep dying young; when
 * replacements fail to start again and again and none is left that answers requests, the pool gives up.
 */
export class WorkerPool {
  private readonly workers = new Map<number, WorkerState>();
  private readonly relay = new ChangeRelay();
  private readonly jobs = new JobDuty();
  private readonly rates = new RateCounts();
  private readonly restarts = new Set<NodeJS.Timeout>();
  private pendingStart:
    { resolve: (roomToken: string | undefined) => void; reject: (error: Error) => void } | undefined;
  private roomToken: string | undefined;
  private youngDeaths = 0;
  private failedStarts = 0;
  private spare = occupyDescriptors();

  constructor(private readonly options: WorkerPoolOptions) {}

  /**
   * Starts the first worker, which opens the community, and then the others. Resolves once each listens, with the
   * token of the room that newcomers are sent to, if there is one; rejects when one of them can't, or when the server is
   * to stop.
   */
  async start(): Promise<string | undefined> {
    const { stopping } = this.options;
    stopping.throwIfAborted();
    return new Promise((resolve, reject) => {
      this.pendingStart = { resolve, reject };
      stopping.addEventListener('abort', () => {
        reject(new Error('The server stops', { cause: stopping.reason }));
      });
      cluster.setupPrimary({ execArgv: [...memoryOptions(this.options.heap), ...process.execArgv] });
      this.fork();
    });
  }

  /** Lets workers finish their running requests, and kills those that have not exited after `limitMs`. */
  async stop(limitMs: number): Promise<void> {
    for (const restart of this.restarts) clearTimeout(restart);
    this.jobs.stop();
    const order: StopOrder = { type: 'stop' };
    const exits = [...this.workers.values()].map(({ worker }) => {
      const exited = new Promise((resolve) => worker.once('exit', resolve));
      if (worker.isConnected()) worker.send(order);
      else worker.process.kill('SIGTERM');
      return exited;
    });
    const kill = setTimeout(() => {
      this.options.logger.warn(`${this.workers.size} workers have not finished in time and are ended`);
      for (const { worker } of this.workers.values()) worker.process.kill('SIGKILL');
    }, limitMs);
    await Promise.all(exits);
    clearTimeout(kill);
  }

  private fork(): void {
    for (const descriptor of this.spare) closeSync(descriptor);
    const worker = cluster.fork({ ...ALLOCATION, ...this.options.environment });
    this.spare = occupyDescriptors();
    const state: WorkerState = { worker, bornAt: performance.now(), listening: false };
    this.workers.set(worker.id, state);
    this.relay.add(worker);
    saveHandedConnections(worker, () => this.anyOtherListens(state));
    worker.on('message', (message: unknown) => {
      this.relay.receive(worker, message);
      this.jobs.receive(worker, message);
      this.rates.receive(worker, message);
      if (!isWorkerReport(message)) return;
      if (message.type === 'listening') this.onListening(state, message);
      else state.failure = message.reason;
    });
    worker.on('error', (error) => {
      this.options.logger.debug({ err: error }, 'A message to a worker was lost');
    });
    worker.once('exit', (code, signal) => {
      this.workers.delete(worker.id);
      this.relay.remove(worker);
      this.jobs.remove(worker);
      this.onDeath(state, signal || `exit code ${code}`);
    });
  }

  private anyOtherListens(than: WorkerState): boolean {
    return [...this.workers.values()].some((state) => state !== than && state.listening);
  }

  private onListening(state: WorkerState, { roomToken }: ListeningReport): void {
    state.listening = true;
    this.jobs.add(state.worker);
    this.failedStarts = 0;
    if (!this.pendingStart || this.options.stopping.aborted) return;
    if (isFirstWorker(state.worker)) {
      this.roomToken = roomToken;
      for (let count = 1; count < this.options.size; count += 1) this.fork();
    }
    const listening = [...this.workers.values()].filter((worker) => worker.listening).length;
    if (listening < this.options.size) return;
    this.pendingStart.resolve(this.roomToken);
    this.pendingStart = undefined;
  }

  private onDeath(state: WorkerState, how: string): void {
    const reason = state.failure ?? `a worker process ended unexpectedly (${how})`;
    if (this.pendingStart !== undefined) {
      this.pendingStart.reject(new Error(reason));
      return;
    }
    // A signal to the whole group of processes reaches workers as well, so they may be gone before stop() is called.
    if (this.options.stopping.aborted) return;
    if (!state.listening) this.failedStarts += 1;
    if (this.failedStarts >= MAX_FAILED_STARTS && !this.anyOtherListens(state)) {
      this.options.onGivenUp(reason);
      return;
    }
    this.youngDeaths = performance.now() - state.bornAt < HEALTHY_AFTER_MS ? this.youngDeaths + 1 : 0;
    const delay = Math.min(FIRST_RESTART_DELAY_MS * 2 ** this.youngDeaths, LONGEST_RESTART_DELAY_MS);
    this.options.logger.error({ reason, delayMs: delay }, 'A worker ended; another one takes its place');
    const restart = setTimeout(() => {
      this.restarts.delete(restart);
      this.fork();
    }, delay);
    this.restarts.add(restart);
  }
}
