import { availableMemory, workerMemory, type WorkerMemory } from './memory-shares.js';
import { addressRanges, integer } from './setting-types.js';
import { define, type TextOfSetting } from './setting-definition.js';

/** A default that is each worker's part of the memory. */
function partOfMemory(part: (memory: WorkerMemory) => number): (textOf: TextOfSetting) => string {
  return (textOf) => {
    const isEmbedded = textOf('DATABASE_URL') === '';
    return String(
      part(workerMemory({ memory: availableMemory(), workers: Number(textOf('WORKERS')), isEmbedded })),
    );
  };
}

/** How much one client may ask of the server, and all of them together of a worker. */
export const trafficSettings = {
  trustedProxies: define({
    name: 'TRUSTED_PROXIES',
    type: addressRanges(),
    default: 'loopback',
    help: 'Reverse proxies whose X-Forwarded-For is believed: addresses, ranges such as 10.0.0.0/8, loopback, uniquelocal.',
    mayDiffer: true,
  }),
  rateLimitPerKey: define({
    name: 'RATE_LIMIT_PER_KEY',
    type: integer(0, 1_000_000),
    default: '100',
    help: 'Requests a second the server answers for one user; one in a batch counts, a tenth if it is answered from memory; 0: no limit.',
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
    help: 'Requests a second the server answers for one address when they prove no key; 0: no limit.',
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
    mayDiffer: true,
  }),
  bodyMemoryBytes: define({
    name: 'BODY_MEMORY_BYTES',
    type: integer(0, 1_000_000_000_000),
    default: partOfMemory(({ bodies }) => bodies),
    defaultInWords: '`67108864`, down to 4194304 where a worker has less than 512 MiB of memory',
    help: 'Bytes of large request bodies a worker holds at a time; others wait, slow ones are dropped; 0: no limit.',
    mayDiffer: true,
  }),
  answerMemoryBytes: define({
    name: 'ANSWER_MEMORY_BYTES',
    type: integer(33_554_432, 1_000_000_000_000),
    default: partOfMemory(({ answers }) => answers),
    defaultInWords: '`67108864`, down to 33554432 where a worker has less than 512 MiB of memory',
    help: 'Bytes of large answers a worker holds at a time; others wait or are refused, slow readers are dropped.',
    mayDiffer: true,
  }),
};
