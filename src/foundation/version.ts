import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { INSTALLATION } from './installation.js';

function readVersion(): string {
  const manifest = readFileSync(join(INSTALLATION.folder, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
}

/** The version of Plaza that is running, as in package.json. */
export const VERSION = readVersion();
