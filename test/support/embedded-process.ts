import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = fileURLToPath(new URL('hold-embedded-database.js', import.meta.url));

/** The way a test process uses the embedded database. */
export interface ProcessOptions {
  role: 'server' | 'command';
  dataDir: string;
  /** The folder of the compiled project; that of the one under test when left out. */
  project?: string;
  /** The user to become; ours when left out. */
  uid?: number;
}

/** A process with the embedded database open. */
export class EmbeddedProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts it and waits until it has the database; rejects with the reason it printed. */
  static async start({
    role,
    dataDir,
    project = PROJECT,
    uid = 0,
  }: ProcessOptions): Promise<EmbeddedProcess> {
    const child = spawn(process.execPath, [SCRIPT, role, dataDir, project, String(uid)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const said = JSON.parse(line) as { url?: string; error?: string };
    if (said.url !== undefined) return new EmbeddedProcess(child, said.url);
    throw new Error(said.error);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Runs one statement in the database. */
  async query<T extends object>(sql: string): Promise<T[]> {
    const client = new pg.Client(this.url);
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Ends it as `plaza` ends: the database is given back first. */
  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }
}
