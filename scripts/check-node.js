// Ends what imports it, in one line, where Node.js is older than package.json allows: a build would fail less plainly.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { engines } = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../package.json'), 'utf8'),
);
const [major, minor] = process.versions.node.split('.').map(Number);
const [oldestMajor, oldestMinor] = engines.node.replace('>=', '').split('.').map(Number);
if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  process.stderr.write(
    `plaza: Node.js ${process.version} is too old: Plaza needs ${oldestMajor}.${oldestMinor} or later (https://nodejs.org)\n`,
  );
  process.exit(1);
}
