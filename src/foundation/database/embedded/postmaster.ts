import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseStartError } from '../errors.js';
import { listenFlags } from './address.js';
import { type EmbeddedInstance, reach } from './instance.js';
import { type EmbeddedLog } from './log.js';
import {
  type ListenAddress,
  isPostmaster,
  type PostmasterFile,
  readPostmasterFile,
  removeStaleLocks,
} from './postmaster-file.js';
import { runningAs } from './system-user.js';
import { tuningFlags } from './tuning.js';

/** Milliseconds that open transactions and the closing checkpoint get, before PostgreSQL is told to drop everything. */
const FAST_SHUTDOWN_TIME = 20_000;
/** Milliseconds that PostgreSQL gets to drop everything, before the system ends it. */
const IMMEDIATE_SHUTDOWN_TIME = 5_000;
/** Milliseconds from a line of PostgreSQL's log until the change of state that it announces is in `postmaster.pid`. */
const NOTED_WITHIN = 100;
const LAST_WORDS_TIME = 1_000;
const REMEMBERED_LINES = 20;
/** PostgreSQL's words when another one has this data folder, or had it a moment ago and is not quite gone. */
const TAKEN = /lock file "[^"]*" (already exists|is empty)|pre-existing shared memory block/;

/** A PostgreSQL server that is a child of this process. */
export class Postmaster {
  /** Settles when the process is gone, whoever ended it. */
  readonly exited: Promise<void>;
  /** We asked it to stop. */
  private isOrdered = false;

  private constructor(
    private readonly child: ChildProcess,
    readonly address: ListenAddress,
    private readonly cluster: string,
  ) {
    this.exited = new Promise((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
  }

  /**
   * Starts PostgreSQL and waits until it takes connections, however long it has to recover from a crash.
   *
   * @returns undefined when another process is starting, running or leaving PostgreSQL on the same data folder
   * @throws DatabaseStartError with PostgreSQL's own reason
   */
  static async start(
    instance: EmbeddedInstance,
    address: ListenAddress,
    log: EmbeddedLog,
  ): Promise<Postmaster | undefined> {
    await removeStaleLocks(instance.cluster, instance.socketFolder);
    const child = await spawnPostgres(instance, address);
    const lines = followOutput(child, log);
    const outputEnded = new Promise((resolve) => child.once('close', resolve));
    const postmaster = new Postmaster(child, address, instance.cluster);
    postmaster.watchForStrangersOrders();
    const failedToSpawn = new Promise<Error>((resolve) => child.once('error', resolve));
    if (child.pid === undefined) throw await failedToSpawn;
    stopWhenWeDie(child, child.pid, instance);

    while (postmaster.isRunning) {
      const file = await readPostmasterFile(instance.cluster);
      if (file?.pid === child.pid && file.ready) return postmaster;
      await Promise.race([sleep(15), postmaster.exited]);
    }
    // Its last words may arrive after its end.
    await Promise.race([outputEnded, sleep(LAST_WORDS_TIME)]);
    if (lines.some((line) => TAKEN.test(line))) return undefined;
    const reason = lines.find((line) => /^(FATAL|PANIC):/.test(line)) ?? lines.at(-1) ?? 'it printed nothing';
    throw new DatabaseStartError(`PostgreSQL did not start on ${instance.cluster}: ${reason}`);
  }

  /** False once the process has ended. */
  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Ends all connections, writes everything to disk and waits for the process to end. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.isOrdered = true;
    this.child.kill('SIGINT');
    const timers = [
      setTimeout(() => this.child.kill('SIGQUIT'), FAST_SHUTDOWN_TIME),
      // Then it hangs. Its sessions end when they notice; until then no other PostgreSQL starts on the data.
      setTimeout(() => this.child.kill('SIGKILL'), FAST_SHUTDOWN_TIME + IMMEDIATE_SHUTDOWN_TIME),
    ];
    await this.exited;
    timers.forEach(clearTimeout);
  }

  /**
   * Hurries a shutdown that somebody else asked for. After SIGTERM PostgreSQL lets nobody in any more but waits for its
   * sessions to end, and those of a server never do. It says so in its log, and then in its file.
   */
  private watchForStrangersOrders(): void {
    let timer: NodeJS.Timeout | undefined;
    const look = async (): Promise<void> => {
      timer = undefined;
      const file = await readPostmasterFile(this.cluster);
      if (file?.pid === this.child.pid && file?.stopping && !this.isOrdered) await this.stop();
    };
    this.child.stderr?.on('data', () => {
      timer ??= setTimeout(() => void look(), NOTED_WITHIN);
    });
  }
}

async function spawnPostgres(instance: EmbeddedInstance, address: ListenAddress): Promise<ChildProcess> {
  const handles = await reach(instance, [instance.cluster, instance.socketFolder]);
  const [cluster = '', socketFolder = ''] = handles.paths;
  const child = spawn(
    instance.binaries.postgres,
    [
      ...['-D', cluster, ...listenFlags('port' in address ? address : { socketFolder })],
      ...[...tuningFlags(), '-c', 'log_line_prefix='],
    ],
    {
      ...runningAs(instance.user),
      // In a session of its own it does not get the Ctrl-C of our terminal: we stop it after our last write.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', ...handles.descriptors],
    },
  );
  await handles.close();
  return child;
}

/**
 * Stops a PostgreSQL that an earlier process left behind.
 *
 * @throws DatabaseStartError when it does not end, or when it is out of reach, as in another container
 */
export async function stopOrphan(instance: EmbeddedInstance, file: PostmasterFile): Promise<void> {
  if (!(await isPostmaster(file.pid, instance.cluster))) {
    throw new DatabaseStartError(
      `PostgreSQL on ${instance.cluster} runs as process ${file.pid} in another container or machine: stop that first`,
    );
  }
  const deadline = performance.now() + FAST_SHUTDOWN_TIME;
  process.kill(file.pid, 'SIGINT');
  while (await isPostmaster(file.pid, instance.cluster)) {
    if (performance.now() > deadline) {
      throw new DatabaseStartError(`PostgreSQL on ${instance.cluster} (process ${file.pid}) does not stop`);
    }
    await sleep(20);
  }
}

/**
 * A shell waits for the end of a pipe that only we hold open. However this process ends, even by `kill -9`, the
 * shell then shuts PostgreSQL down.
 */
function stopWhenWeDie(child: ChildProcess, pid: number, instance: EmbeddedInstance): void {
  const watchdog = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', String(pid)], {
    ...runningAs(instance.user),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  child.once('exit', () => watchdog.kill('SIGKILL'));
}

function followOutput(child: ChildProcess, log: EmbeddedLog): string[] {
  const recent: string[] = [];
  let rest = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.startsWith('PANIC:')) log.warn(`PostgreSQL: ${line}`);
      else log.debug(`PostgreSQL: ${line}`);
      recent.push(line);
      if (recent.length > REMEMBERED_LINES) recent.shift();
    }
  });
  return recent;
}
