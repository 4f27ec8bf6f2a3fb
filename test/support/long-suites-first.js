// Starts the suites first that take longest, so that none of them runs alone at the end. Jest orders suites by what they
// took the last time; in a fresh clone it knows only the sizes of their files, and some of the longest are short files.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sequencer from '@jest/test-sequencer';

/** Suites of more than about half a minute, the longest first. */
const LONG = [
  'test/import/import.spec.ts',
  'test/protocol/repeats.spec.ts',
  'test/hostile/unread-answers.spec.ts',
  'test/web/browser.spec.ts',
  'test/hostile/siege.spec.ts',
  'test/moderation/permission-matrix.spec.ts',
  'test/backup/backup.spec.ts',
  'test/jobs/processes.spec.ts',
  'test/hostile/slow-bodies.spec.ts',
  'test/files/quotas.spec.ts',
  'test/limits/rate-limits.spec.ts',
  'test/start/processes.spec.ts',
  'test/database/embedded-users.spec.ts',
  'test/processes/read-your-writes.spec.ts',
  'test/protocol/junk.spec.ts',
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
