// Starts the suites first that take long, so that none of them runs alone at the end. Jest orders suites by what they
// took the last time; in a fresh clone it knows only the sizes of their files, and some of the longest are short files.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sequencer from '@jest/test-sequencer';

/**
 * Suites of more than about half a minute. Those that mostly wait, for jobs on a clock or a process that starts, lie between
 * those that work, so that neither all wait nor all work at once.
 */
const LONG = [
  'test/start/processes.spec.ts',
  'test/moderation/permission-matrix.spec.ts',
  'test/hostile/unread-answers.spec.ts',
  'test/web/browser.spec.ts',
  'test/processes/visibility.spec.ts',
  'test/hostile/small-memory.spec.ts',
  'test/cluster/short.spec.ts',
  'test/import/import.spec.ts',
  'test/jobs/redis.spec.ts',
  'test/hostile/siege.spec.ts',
  'test/files/object-store-outages.spec.ts',
  'test/moderation/clean-up.spec.ts',
  'test/moderation/cards/processes.spec.ts',
  'test/files/object-store.spec.ts',
  'test/hostile/few-descriptors.spec.ts',
  'test/backup/object-store.spec.ts',
  'test/hostile/slow-bodies.spec.ts',
  'test/files/quotas.spec.ts',
  'test/jobs/jobs-command.spec.ts',
  'test/database/embedded-users.spec.ts',
  'test/jobs/job-worker.spec.ts',
  'test/limits/shared-rates.spec.ts',
  'test/jobs/processes.spec.ts',
  'test/files/move.spec.ts',
  'test/files/picture-hashes.spec.ts',
  'test/protocol/repeats.spec.ts',
  'test/hostile/import.spec.ts',
  'test/start/start.spec.ts',
  'test/backup/backup.spec.ts',
  'test/protocol/strangers.spec.ts',
  'test/protocol/concurrency.spec.ts',
  'test/protocol/junk.spec.ts',
  'test/processes/read-your-writes.spec.ts',
  'test/cluster/machines.spec.ts',
];

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const ranks = new Map(LONG.map((file, index) => [join(root, file), index - LONG.length]));
for (const file of ranks.keys())
  if (!existsSync(file)) throw new Error(`${file} is gone: take it out of the list of long suites`);

export default class LongSuitesFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => ranks.get(path) ?? 0;
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
}
