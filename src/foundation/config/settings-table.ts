import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { availableMemory, workerMemory, type WorkerMemory, workersThatFit } from './memory-shares.js';
import {
  addressRanges,
  boolean,
  connectionUrl,
  host,
  integer,
  metricsToken,
  oneOf,
  optional,
  path,
  roomToken,
  type SettingType,
  webOrigin,
} from './setting-types.js';

/** The effective text of a setting that stands higher in the table, by its name in the environment. */
export type TextOfSetting = (name: string) => string;

/** One line of the table: all that is known about a setting. */
export interface SettingDefinition<T> {
  /** Its name in the environment and in `.env`. */
  readonly name: string;
  readonly type: SettingType<T>;
  /** Written as an operator would write it, or worked out from settings higher in the table. */
  readonly default: string | ((textOf: TextOfSetting) => string);
  /** Describes the default where it differs from machine to machine. */
  readonly defaultInWords?: string;
  /** One line for the operator. */
  readonly help: string;
  /** True where the value may hold a password: it is masked wherever it is shown. */
  readonly secret?: boolean;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Values of HOST that are no address anyone can go to. */
export const LISTENS_EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

function define<T>(definition: SettingDefinition<T>): SettingDefinition<T> {
  return definition;
}

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

/** A default that is each worker's part of the memory. */
function partOfMemory(part: (memory: WorkerMemory) => number): (textOf: TextOfSetting) => string {
  return (textOf) => {
    const isEmbedded = textOf('DATABASE_URL') === '';
    return String(
      part(workerMemory({ memory: availableMemory(), workers: Number(textOf('WORKERS')), isEmbedded })),
    );
  };
}

/** Every setting of Plaza. A new one is one entry here; its key is the name of the property of `Settings`. */
export const settingsTable = {
  host: define({
    name: 'HOST',
    type: host(),
    default: '127.0.0.1',
    help: 'Address to listen on; 0.0.0.0 for all.',
  }),
  port: define({
    name: 'PORT',
    type: integer(0, 65_535),
    default: '8080',
    help: 'TCP port to listen on; 0 takes any free one.',
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
    default: './data',
    help: 'Folder for the server key, uploaded files and the embedded database.',
  }),
  databaseUrl: define({
    name: 'DATABASE_URL',
    type: optional(connectionUrl(['postgres', 'postgresql'], 'postgres://plaza@localhost:5432/plaza')),
    default: '',
    help: 'PostgreSQL to use; empty: an embedded one with its data under DATA_DIR.',
    secret: true,
  }),
  databasePoolSize: define({
    name: 'DATABASE_POOL_SIZE',
    type: integer(1, 1000),
    default: '10',
    help: 'Database connections each worker process may hold.',
  }),
  redisUrl: define({
    name: 'REDIS_URL',
    type: optional(connectionUrl(['redis', 'rediss'], 'redis://localhost:6379')),
    default: '',
    help: 'Redis for a community on several machines; not supported by this version, leave it empty.',
    secret: true,
  }),
  workers: define({
    name: 'WORKERS',
    type: integer(1, 256),
    default: defaultWorkers,
    defaultInWords: 'the number of cores, 4 at most, and one for each 256 MiB of memory',
    help: 'Processes that answer requests.',
  }),
  minFreeDiskBytes: define({
    name: 'MIN_FREE_DISK_BYTES',
    type: integer(0, 1_000_000_000_000_000),
    default: '200000000',
    help: 'Bytes free in DATA_DIR below which uploads are refused and the server is not ready; below half, with an embedded database, whatever adds data is refused; 0: never.',
  }),
  serverKeyFile: define({
    name: 'SERVER_KEY_FILE',
    type: path(),
    default: (textOf) => join(textOf('DATA_DIR'), 'key_x25519'),
    help: 'The server’s X25519 private key: 32 raw bytes, created when missing.',
  }),
  requireBlindedIds: define({
    name: 'REQUIRE_BLINDED_IDS',
    type: boolean(),
    default: 'true',
    help: 'Accept only users who hide their Session ID from the server (15… IDs); roles and bans do not follow people to their other ID when this changes.',
  }),
  logLevel: define({
    name: 'LOG_LEVEL',
    type: oneOf(LOG_LEVELS),
    default: 'info',
    help: 'Least important kind of log line that is written.',
  }),
  firstRoom: define({
    name: 'FIRST_ROOM',
    type: optional(roomToken()),
    default: 'lobby',
    help: 'Token of the room that is created in an empty database; empty: none.',
  }),
  messageMaxBytes: define({
    name: 'MESSAGE_MAX_BYTES',
    type: integer(1024, 10_000_000),
    default: '65536',
    help: 'Largest content of one message, in bytes with its padding.',
  }),
  messageMaxPadding: define({
    name: 'MESSAGE_MAX_PADDING',
    type: integer(160, 10_000_000),
    default: '4096',
    help: 'Bytes of padding one message may have; clients fill up to a multiple of 160.',
  }),
  postRateLimit: define({
    name: 'POST_RATE_LIMIT',
    type: integer(1, 1_000_000),
    default: '5',
    help: 'Messages a user may post to one room within POST_RATE_INTERVAL; admins are exempt.',
  }),
  postRateInterval: define({
    name: 'POST_RATE_INTERVAL',
    type: integer(1, 86_400),
    default: '16',
    help: 'Seconds over which POST_RATE_LIMIT counts.',
  }),
  maxPins: define({
    name: 'MAX_PINS',
    type: integer(1, 10_000),
    default: '100',
    help: 'Messages that may be pinned in one room; everyone downloads the list with the room.',
  }),
  maxReactionKinds: define({
    name: 'MAX_REACTION_KINDS',
    type: integer(1, 1000),
    default: '100',
    help: 'Different reactions one message may have; of imported messages with more, the first ones are shown.',
  }),
  maxReactionsPerUser: define({
    name: 'MAX_REACTIONS_PER_USER',
    type: integer(1, 1000),
    default: '20',
    help: 'Different reactions one user may give one message.',
  }),
  reactionRateLimit: define({
    name: 'REACTION_RATE_LIMIT',
    type: integer(0, 1_000_000),
    default: '60',
    help: 'Reactions a worker lets a user add or remove in one room within a minute; admins are exempt; 0: no limit.',
  }),
  editRateLimit: define({
    name: 'EDIT_RATE_LIMIT',
    type: integer(0, 1_000_000),
    default: '30',
    help: 'Edits a worker lets a user make in one room within ten minutes; admins are exempt; 0: no limit.',
  }),
  maxEditsKept: define({
    name: 'MAX_EDITS_KEPT',
    type: integer(2, 10_000),
    default: '50',
    help: 'Former texts of one message that are kept: the first and the latest ones.',
  }),
  directMessagesPerHour: define({
    name: 'DIRECT_MESSAGES_PER_HOUR',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Direct messages one user may send in an hour; global moderators are exempt; 0: no limit.',
  }),
  directMessageRecipientsPerHour: define({
    name: 'DIRECT_MESSAGE_RECIPIENTS_PER_HOUR',
    type: integer(0, 1_000_000),
    default: '50',
    help: 'Different people one user may send direct messages to in an hour; global moderators are exempt; 0: no limit.',
  }),
  maxUnansweredDirectMessages: define({
    name: 'MAX_UNANSWERED_DIRECT_MESSAGES',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Direct messages from one user that wait in the inbox of another who has not written back since; 0: no limit.',
  }),
  uploadMaxBytes: define({
    name: 'UPLOAD_MAX_BYTES',
    type: integer(1024, 1_000_000_000),
    default: '10000000',
    help: 'Largest file that can be uploaded, in bytes.',
  }),
  uploadRateLimit: define({
    name: 'UPLOAD_RATE_LIMIT',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Files a user may upload within ten minutes; 0: no limit.',
  }),
  uploadBytesPerUser: define({
    name: 'UPLOAD_BYTES_PER_USER',
    type: integer(0, 1_000_000_000_000_000),
    default: '1000000000',
    help: 'Bytes of files a user may upload within a day; 0: no limit.',
  }),
  unclaimedFilesPerUser: define({
    name: 'UNCLAIMED_FILES_PER_USER',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Files a user may have uploaded that no message shows yet; 0: no limit.',
  }),
  unclaimedBytesPerUser: define({
    name: 'UNCLAIMED_BYTES_PER_USER',
    type: integer(0, 1_000_000_000_000_000),
    default: '200000000',
    help: 'Bytes of files a user may have uploaded that no message shows yet; 0: no limit.',
  }),
  unclaimedBytesPerRoom: define({
    name: 'UNCLAIMED_BYTES_PER_ROOM',
    type: integer(0, 1_000_000_000_000_000),
    default: '2000000000',
    help: 'Bytes of files uploaded to one room that no message shows yet; 0: no limit.',
  }),
  unclaimedBytes: define({
    name: 'UNCLAIMED_BYTES',
    type: integer(0, 1_000_000_000_000_000),
    default: '5000000000',
    help: 'Bytes of files uploaded to the whole server that no message shows yet; 0: no limit.',
  }),
  strangersUploadBytes: define({
    name: 'STRANGERS_UPLOAD_BYTES',
    type: integer(0, 1_000_000_000_000_000),
    default: '5000000000',
    help: 'Bytes of files that all users first seen less than a day ago may upload together within a day; 0: no limit.',
  }),
  uploadExpiryDays: define({
    name: 'UPLOAD_EXPIRY_DAYS',
    type: integer(1, 36_500),
    default: '15',
    help: 'Days after which a file in a message is deleted; those of pinned messages and room images stay.',
  }),
  historyDays: define({
    name: 'HISTORY_DAYS',
    type: integer(0, 36_500),
    default: '30',
    help: 'Days for which the former text of edited and deleted messages is kept.',
  }),
  batchMaxRequests: define({
    name: 'BATCH_MAX_REQUESTS',
    type: integer(1, 10_000),
    default: '1000',
    help: 'Requests one batch may hold, those in batches within it included.',
  }),
  batchMaxDepth: define({
    name: 'BATCH_MAX_DEPTH',
    type: integer(1, 10),
    default: '4',
    help: 'How deep batches may be nested; 1 allows no batch within a batch.',
  }),
  activeUsersDays: define({
    name: 'ACTIVE_USERS_DAYS',
    type: integer(1, 365),
    default: '7',
    help: 'Days after their last visit for which users count as active in a room.',
  }),
  inboxExpiryDays: define({
    name: 'INBOX_EXPIRY_DAYS',
    type: integer(1, 3650),
    default: '15',
    help: 'Days for which a direct message is kept.',
  }),
  trustedProxies: define({
    name: 'TRUSTED_PROXIES',
    type: addressRanges(),
    default: 'loopback',
    help: 'Reverse proxies whose X-Forwarded-For is believed: addresses, ranges such as 10.0.0.0/8, loopback, uniquelocal.',
  }),
  rateLimitPerKey: define({
    name: 'RATE_LIMIT_PER_KEY',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Requests a second a worker answers for one user; one in a batch counts, a tenth if it is answered from memory; 0: no limit.',
  }),
  rateLimitPerModerator: define({
    name: 'RATE_LIMIT_PER_MODERATOR',
    type: integer(0, 1_000_000),
    default: '1000',
    help: 'As RATE_LIMIT_PER_KEY, for somebody who moderates the server or a room; 0: no limit.',
  }),
  rateLimitPerAddress: define({
    name: 'RATE_LIMIT_PER_ADDRESS',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Requests a second a worker answers for one address when they prove no key; 0: no limit.',
  }),
  rateLimitBurst: define({
    name: 'RATE_LIMIT_BURST',
    type: integer(1, 3600),
    default: '30',
    help: 'Seconds’ worth of the rate limits that may be used at once after a pause.',
  }),
  maxConnections: define({
    name: 'MAX_CONNECTIONS',
    type: integer(0, 1_000_000),
    default: partOfMemory(({ connections }) => connections),
    defaultInWords: '`8192`, down to 512 where a worker has less than 512 MiB of memory',
    help: 'Connections a worker keeps open, fewer where the limit of open files demands it; 0: as many as that allows.',
  }),
  bodyMemoryBytes: define({
    name: 'BODY_MEMORY_BYTES',
    type: integer(0, 1_000_000_000_000),
    default: partOfMemory(({ bodies }) => bodies),
    defaultInWords: '`67108864`, down to 4194304 where a worker has less than 512 MiB of memory',
    help: 'Bytes of large request bodies a worker holds at a time; others wait, slow ones are dropped; 0: no limit.',
  }),
  answerMemoryBytes: define({
    name: 'ANSWER_MEMORY_BYTES',
    type: integer(33_554_432, 1_000_000_000_000),
    default: partOfMemory(({ answers }) => answers),
    defaultInWords: '`67108864`, down to 33554432 where a worker has less than 512 MiB of memory',
    help: 'Bytes of large answers a worker holds at a time; others wait or are refused, slow readers are dropped.',
  }),
  metricsPort: define({
    name: 'METRICS_PORT',
    type: optional(integer(0, 65_535)),
    default: '',
    help: 'TCP port that serves Prometheus metrics at /metrics, 0 for any free one; empty: no metrics.',
  }),
  metricsHost: define({
    name: 'METRICS_HOST',
    type: host(),
    default: '127.0.0.1',
    help: 'Address on which METRICS_PORT listens; 0.0.0.0 for all.',
  }),
  metricsToken: define({
    name: 'METRICS_TOKEN',
    type: optional(metricsToken()),
    default: '',
    help: 'The bearer token that a scraper of the metrics must send; empty: none.',
    secret: true,
  }),
  apiDocs: define({
    name: 'API_DOCS',
    type: boolean(),
    default: 'true',
    help: 'Serve the API reference, an OpenAPI document, at /docs.',
  }),
  webIndex: define({
    name: 'WEB_INDEX',
    type: boolean(),
    default: 'true',
    help: 'List the public rooms on the page that a browser shows at the address of the server.',
  }),
  webMessages: define({
    name: 'WEB_MESSAGES',
    type: boolean(),
    default: 'true',
    help: 'Show the messages of rooms that anyone may read on their pages in a browser.',
  }),
};
