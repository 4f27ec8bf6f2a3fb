import { existsSync, readFileSync } from 'node:fs';
import * as z from 'zod';

function readVersion(): string {
  // Compiled code lies one folder deeper than its source.
  const file = ['../../package.json', '../../../package.json']
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  if (file === undefined) throw new Error('The package.json of Plaza is missing');
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

/** The version of Plaza that is running, as in package.json. */
export const VERSION = readVersion();
