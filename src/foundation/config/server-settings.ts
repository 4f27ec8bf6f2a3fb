import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { availableMemory, workersThatFit } from './memory-shares.js';
import {
  boolean,
  connectionUrl,
  host,
  integer,
  wordOutOf,
  optional,
  path,
  roomToken,
  key32,
  webOrigin,
} from './setting-types.js';
import { define, type TextOfSetting } from './setting-definition.js';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Values of HOST that are no address anyone can go to. */
export const LISTENS_EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** The address that reaches a server listening on `listenHost`, from the same machine if it listens on all. */
export function localOrigin(listenHost: string, port: number | string): string {
  const name = LISTENS_EVERYWHERE.has(listenHost) ? 'localhost' : listenHost;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** On two cores a second worker brought a third more of a mixed load, although PostgreSQL has no core to itself. */
function defaultWorkers(textOf: TextOfSetting): string {
  const fitting = workersThatFit({ memory: availableMemory(), isEmbedded: textOf('DATABASE_URL') === '' });
  return String(Math.min(4, availableParallelism(), fitting));
}

/** Where the server listens, where its data lies, and what it is made of. */
export const serverSettings = {
  host: define({
    name: 'HOST',
    type: host(),
    default: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 for all.',
    mayDiffer: true,
  }),
  port: define({
    name: 'PORT',
    type: integer(0, 65_535),
    default: '8080',
    help: 'TCP port to listen on; 0 takes any free one.',
    mayDiffer: true,
  }),
  machineName: define({
    name: 'MACHINE_NAME',
    type: host(),
    default: () => hostname(),
    defaultInWords: 'the name of the host',
    help: 'Name of this machine in `plaza status` and the log, one of its own for each machine of a community.',
    mayDiffer: true,
  }),
  publicUrl: define({
    name: 'PUBLIC_URL',
    type: webOrigin(),
    default: (textOf) => localOrigin(textOf('HOST'), textOf('PORT')),
    help: 'Address under which clients reach this server; it is part of every community URL.',
  }),
  dataDir: define({
    name: 'DATA_DIR',
    type: path(),
    default: (_, { dataDir }) => dataDir,
    defaultInWords:
      '`./data`, or `~/.local/share/plaza` and `/var/lib/plaza` where settings are in `~/.config/plaza/plaza.env` and `/etc/plaza/plaza.env`',
    help: 'Folder for the server key, uploaded files and the embedded database.',
    mayDiffer: true,
  }),
  databaseUrl: define({
    name: 'DATABASE_URL',
    type: optional(connectionUrl(['postgres', 'postgresql'], 'postgres://plaza@localhost:5432/plaza')),
    default: '',
    help: 'PostgreSQL to use; empty: an embedded one with its data under DATA_DIR.',
    secret: true,
    mayDiffer: true,
  }),
  databaseDirectUrl: define({
    name: 'DATABASE_DIRECT_URL',
    type: optional(connectionUrl(['postgres', 'postgresql'], 'postgres://plaza@localhost:5432/plaza')),
    default: '',
    help: 'The way to PostgreSQL past a pooler such as PgBouncer that DATABASE_URL leads to, for what needs a session of its own; empty: DATABASE_URL leads to PostgreSQL itself.',
    secret: true,
    mayDiffer: true,
  }),
  databasePoolSize: define({
    name: 'DATABASE_POOL_SIZE',
    type: integer(1, 1000),
    default: '10',
    help: 'Database connections each worker process may hold.',
    mayDiffer: true,
  }),
  redisUrl: define({
    name: 'REDIS_URL',
    type: optional(connectionUrl(['redis', 'rediss'], 'redis://localhost:6379')),
    default: '',
    help: 'Redis through which the processes of a community on several machines work together; empty: none.',
    secret: true,
    mayDiffer: true,
  }),
  workers: define({
    name: 'WORKERS',
    type: integer(1, 256),
    default: defaultWorkers,
    defaultInWords: 'the number of cores, 4 at most, and one for each 256 MiB of memory',
    help: 'Processes that answer requests.',
    mayDiffer: true,
  }),
  balancerGrace: define({
    name: 'BALANCER_GRACE',
    type: integer(0, 60),
    default: (textOf) => (textOf('REDIS_URL') === '' ? '0' : '3'),
    defaultInWords: '0, or 3 where REDIS_URL is set',
    help: 'Seconds for which a server that stops still answers, while /health/ready says 503 and a balancer turns to others.',
    mayDiffer: true,
  }),
  minFreeDiskBytes: define({
    name: 'MIN_FREE_DISK_BYTES',
    type: integer(0, 1_000_000_000_000_000),
    default: '200000000',
    help: 'Bytes free in DATA_DIR below which uploads are refused and the server is not ready; below half, with an embedded database, whatever adds data is refused; 0: never.',
    mayDiffer: true,
  }),
  serverKeyFile: define({
    name: 'SERVER_KEY_FILE',
    type: path(),
    default: (textOf) => join(textOf('DATA_DIR'), 'key_x25519'),
    help: 'The server’s X25519 private key: 32 raw bytes, created when missing.',
    mayDiffer: true,
  }),
  serverKey: define({
    name: 'SERVER_KEY',
    type: optional(key32()),
    default: '',
    help: 'The server’s X25519 private key as text, for machines that get no SERVER_KEY_FILE.',
    secret: true,
    mayDiffer: true,
  }),
  requireBlindedIds: define({
    name: 'REQUIRE_BLINDED_IDS',
    type: boolean(),
    default: 'true',
    help: 'Accept only users who hide their Account ID from the server (15… IDs); roles and bans do not follow people to their other ID when this changes.',
  }),
  logLevel: define({
    name: 'LOG_LEVEL',
    type: wordOutOf(LOG_LEVELS),
    default: 'info',
    help: 'Least important kind of log line that is written.',
    mayDiffer: true,
  }),
  firstRoom: define({
    name: 'FIRST_ROOM',
    type: optional(roomToken()),
    default: 'lobby',
    help: 'Token of the room that is created in an empty database; empty: none.',
    mayDiffer: true,
  }),
};
