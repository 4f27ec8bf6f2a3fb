import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { reservePort } from '../../src/server/supervisor/reserve-port.js';
import { accepts } from './accepts.js';
import { layCable } from './cable.js';
import { eventually } from './eventually.js';
import { findProgram } from './programs.js';

const HOST = '127.0.0.1';
/** PgBouncer refuses to run as root. */
const UNPRIVILEGED = 'nobody';

/** PgBouncer's path; undefined where it is not installed. */
export const pgbouncer = findProgram('pgbouncer');

/** A PgBouncer in transaction mode: each transaction may get another session of PostgreSQL. */
export interface Pooler {
  /** The database's URL through it. */
  url: string;
  stop(): Promise<void>;
}

/** Starts a PgBouncer of a suite's own in front of the database at `databaseUrl`, with so many sessions. */
export async function startPooler(databaseUrl: string, sessions: number): Promise<Pooler> {
  if (pgbouncer === undefined) throw new Error('PgBouncer is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'plaza-pgbouncer-'));
  await chmod(folder, 0o755);
  const port = await reservePort(HOST);
  // Its user may not get into the folder of PostgreSQL's socket.
  const cable = await layCable(databaseUrl);
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, settingsOf(new URL(cable.url), port, sessions));
  const asSomebody = userInfo().uid === 0 ? ['-u', UNPRIVILEGED] : [];
  const child = spawn(pgbouncer, ['-q', ...asSomebody, file], { stdio: 'ignore' });
  await eventually(() => accepts(port));
  const url = new URL(cable.url);
  url.host = `${HOST}:${port}`;
  return {
    url: url.href,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      await cable.cut();
      await rm(folder, { recursive: true });
    },
  };
}

function settingsOf(database: URL, port: number, sessions: number): string {
  const target = {
    host: database.hostname,
    port: database.port,
    user: decodeURIComponent(database.username),
    ...(database.password !== '' && { password: decodeURIComponent(database.password) }),
  };
  const words = Object.entries(target).map(([name, value]) => `${name}='${value}'`);
  return `[databases]
* = ${words.join(' ')}
[pgbouncer]
listen_addr = ${HOST}
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${sessions}
max_client_conn = 200
`;
}
