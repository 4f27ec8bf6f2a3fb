import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How Plaza came to this machine. */
export type InstallationKind = 'checkout' | 'package' | 'debian' | 'container';

/** The files that run: how they came here, and the folder of their `package.json`, an absolute path. */
export interface Installation {
  readonly kind: InstallationKind;
  readonly folder: string;
}

/** A file beside `package.json` that the Debian package and the container image bring: the kind in one word. */
const MARKER = 'installed-as';
function findFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  // Compiled code lies one folder deeper than its source.
  const folder = ['../..', '../../..'].map((up) => join(here, up)).find(hasManifest);
  if (folder === undefined) throw new Error('The package.json of Plaza is missing');
  return folder;
}

function hasManifest(folder: string): boolean {
  return existsSync(join(folder, 'package.json'));
}

function kindOf(folder: string): InstallationKind {
  const marker = join(folder, MARKER);
  const word = existsSync(marker) ? readFileSync(marker, 'utf8').trim() : '';
  if (word === 'debian' || word === 'container') return word;
  return existsSync(join(folder, 'src')) ? 'checkout' : 'package';
}

function findInstallation(): Installation {
  const folder = findFolder();
  return { kind: kindOf(folder), folder };
}

/** The installation that this process runs from. */
export const INSTALLATION = findInstallation();
