// Writes the table in docs/commands.md anew after a change of the table of commands; a test tells when that was forgotten.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

const page = fileURLToPath(new URL('../docs/commands.md', import.meta.url));
const plaza = fileURLToPath(new URL('../bin/plaza.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'plaza-commands-'));
try {
  const env = { ...process.env, DATA_DIR: folder };
  const table = execFileSync(process.execPath, [plaza, 'command', 'list', '--markdown'], {
    env,
    encoding: 'utf8',
  });
  const text = readFileSync(page, 'utf8');
  writeFileSync(
    page,
    text.replace(/\| Command\b[^]*?\n(?!\|)/u, () => table),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
