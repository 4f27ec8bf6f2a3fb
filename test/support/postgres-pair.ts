import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { type EmbeddedInstance, openInstance } from '../../src/foundation/database/embedded/instance.js';
import { runningAs } from '../../src/foundation/database/embedded/system-user.js';
import { reservePort } from '../../src/server/supervisor/reserve-port.js';
import { inDatabase } from './database.js';
import { eventually } from './eventually.js';

const HOST = '127.0.0.1';
const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };
/** Only from the machine itself, for what the primary's standby and the tests do. */
const ACCESS = `host all all ${HOST}/32 scram-sha-256\nhost replication all ${HOST}/32 scram-sha-256\n`;
const STANDBY = 'standby';

/**
 * A PostgreSQL and a standby that has received whatever was committed: a commit waits for it. The programs are those of the
 * embedded one.
 */
export class PostgresPair {
  private constructor(
    private readonly instance: EmbeddedInstance,
    private readonly primary: ChildProcess,
    private readonly standby: ChildProcess,
    /** The primary's address. */
    readonly url: string,
    private readonly standbyUrl: string,
  ) {}

  static async start(): Promise<PostgresPair> {
    const folder = await mkdtemp(join(tmpdir(), 'plaza-pair-'));
    // PostgreSQL that root starts runs as another user, who has to get in.
    await chmod(folder, 0o711);
    const instance = await openInstance(folder, QUIET);
    await appendFile(join(instance.cluster, 'pg_hba.conf'), ACCESS);
    const [primaryPort, standbyPort] = [await reservePort(HOST), await reservePort(HOST)];
    const [url, standbyUrl] = [urlOf(instance, primaryPort), urlOf(instance, standbyPort)];
    const primary = run(instance, instance.cluster, primaryPort);
    const whole = url.replace(/plaza$/, 'postgres');
    await eventually(() => answers(whole));
    await inDatabase(whole, `CREATE DATABASE plaza ENCODING 'UTF8' TEMPLATE template0`);
    const copy = await copyCluster(instance, url, primaryPort);
    const standby = run(instance, copy, standbyPort);
    await eventually(() => answers(standbyUrl));
    await inDatabase(url, `ALTER SYSTEM SET synchronous_standby_names = '${STANDBY}'`);
    await inDatabase(url, 'SELECT pg_reload_conf()');
    return new PostgresPair(instance, primary, standby, url, standbyUrl);
  }

  /**
   * Kills the primary and makes the standby the new one.
   * @returns the URL of that
   */
  async failOver(): Promise<string> {
    await end(this.primary, 'SIGKILL');
    await inDatabase(this.standbyUrl, 'SELECT pg_promote(true)');
    return this.standbyUrl;
  }

  async stop(): Promise<void> {
    await end(this.primary, 'SIGQUIT');
    await end(this.standby, 'SIGQUIT');
    await rm(this.instance.dataDir, { recursive: true });
  }
}

function urlOf({ password }: EmbeddedInstance, port: number): string {
  return `postgres://plaza:${password}@${HOST}:${port}/plaza`;
}

function run(
  { binaries, user, socketFolder }: EmbeddedInstance,
  cluster: string,
  port: number,
): ChildProcess {
  const settings = { listen_addresses: HOST, unix_socket_directories: socketFolder, hot_standby: 'on' };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return spawn(binaries.postgres, ['-D', cluster, '-p', String(port), ...flags], {
    ...runningAs(user),
    stdio: 'ignore',
  });
}

/** Copies the files of a running primary, as a standby begins. Gives the folder. */
async function copyCluster(instance: EmbeddedInstance, url: string, port: number): Promise<string> {
  const copy = join(dirname(instance.cluster), 'standby');
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(`SELECT pg_backup_start('standby', true)`);
    await promisify(execFile)('cp', ['-a', instance.cluster, copy]);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
    await rm(join(copy, 'postmaster.pid'), { force: true });
    await writeFile(join(copy, 'backup_label'), rows[0]?.labelfile ?? '');
    await writeFile(join(copy, 'standby.signal'), '');
    const origin = `host=${HOST} port=${port} user=plaza password=${instance.password} application_name=${STANDBY}`;
    await appendFile(join(copy, 'postgresql.auto.conf'), `primary_conninfo = '${origin}'\n`);
    if (instance.user) await promisify(execFile)('chown', ['-R', `${instance.user.uid}`, copy]);
    return copy;
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  await inDatabase(url, 'SELECT 1');
  return true;
}

async function end(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const gone = once(process, 'exit');
  process.kill(signal);
  await gone;
}
