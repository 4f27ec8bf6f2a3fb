// Builds when dist/ is older than the sources, so that `npm start` and `npm run plaza` work right after
// `npm ci` and again after `git pull`, without a separate build step.
import './check-node.js';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'dist', 'server', 'main.js');

function newestChange(folder) {
  return Math.max(
    0,
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
  );
}

const sources = ['src', 'migrations', 'scripts'].map((name) => join(root, name)).filter(existsSync);
const builtAt = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
if (Math.max(...sources.map(newestChange), statSync(join(root, 'package.json')).mtimeMs) > builtAt) {
  await import('./build.js');
}
