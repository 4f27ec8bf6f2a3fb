import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDatabase, type TestDatabase } from './database.js';
import { eventually } from './eventually.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Milliseconds: a start compiles nothing but may have to wait for its share of a busy machine. */
const START_PATIENCE_MS = 90_000;

interface Announced {
  url: string;
  pid: number;
}

/** A process that has ended, with its exit code and output. */
export interface Ended {
  /** Exit code; null when a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A data folder and a database for processes of Plaza, with nothing of the tests' own environment. */
export class Premises {
  private readonly processes: ChildProcess[] = [];

  private constructor(
    readonly dataDir: string,
    readonly database: TestDatabase,
  ) {}

  /**
   * @param migrated whether the database has Plaza's tables, so that the first start of a server has less to do; see
   * `createDatabase`
   */
  static async make({ migrated = false } = {}): Promise<Premises> {
    return new Premises(await mkdtemp(join(tmpdir(), 'plaza-start-')), await createDatabase({ migrated }));
  }

  /** Starts a server; `env` adds to a database, a data folder, one worker and any free port. */
  start(env: Record<string, string> = {}): RunningProcess {
    return this.run(['dist/server/main.js'], { PORT: '0', WORKERS: '1', ...env });
  }

  /** Runs the `plaza` command to its end. */
  plaza(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
    return this.run(['bin/plaza.js', ...args], env).ended;
  }

  /** Ends what still runs, and removes the database and the folder. */
  async clear(): Promise<void> {
    for (const child of this.processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await this.database.drop();
    await rm(this.dataDir, { recursive: true });
  }

  private run([script = '', ...args]: readonly string[], env: Record<string, string>): RunningProcess {
    const child = spawn(process.execPath, [join(PROJECT, script), ...args], {
      // Not in the project, where a developer may keep a .env.
      cwd: this.dataDir,
      env: { PATH: process.env.PATH, DATA_DIR: this.dataDir, DATABASE_URL: this.database.url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.processes.push(child);
    return new RunningProcess(child, this.dataDir);
  }
}

/** A process of Plaza that was started. */
export class RunningProcess {
  readonly ended: Promise<Ended>;
  private readonly output = { stdout: '', stderr: '' };

  constructor(
    private readonly child: ChildProcess,
    private readonly dataDir: string,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => (this.output.stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.output.stderr += chunk.toString()));
    this.ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...this.output }));
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('The process did not start');
    return pid;
  }

  get stdout(): string {
    return this.output.stdout;
  }

  /** Waits until the server has announced itself in server.json; returns its URL. */
  async url(): Promise<string> {
    let url = '';
    await eventually(async () => {
      const text = await readFile(join(this.dataDir, 'server.json'), 'utf8').catch(() => '{}');
      const announced = JSON.parse(text) as Partial<Announced>;
      if (announced.pid !== this.pid || announced.url === undefined)
        throw new Error(`Not announced\n${this.output.stdout}${this.output.stderr}`);
      url = announced.url;
    }, START_PATIENCE_MS);
    return url;
  }

  /** Process ids of the workers. */
  async workers(): Promise<number[]> {
    const children = await readFile(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  }

  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}
