import { chownSync, existsSync, readFileSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../foundation/make-folder.js';
import { type SettingsFile, SYSTEM_PLACE, userPlace } from '../../foundation/config/settings-file.js';
import { type Installation } from '../../foundation/installation.js';
import { settingsTextWith } from './settings-text.js';

/** Where an operator's settings go: an absolute path, and the owner and mode of the file. */
export interface WrittenPlace {
  readonly file: string;
  /** Its group may read it where a service of that group does. */
  readonly mode: number;
}

/**
 * The file that `plaza setup` writes: the one that settings are read from, or else the one where this installation looks for
 * them from any folder.
 * @param isRoot whether root asks, for whom it is the machine's
 * @returns undefined in a container, whose settings come from outside
 */
export function placeToWrite(
  { kind, folder }: Installation,
  found: SettingsFile,
  { environment, isRoot }: { environment: Readonly<Record<string, string | undefined>>; isRoot: boolean },
): WrittenPlace | undefined {
  if (kind === 'container') return undefined;
  if (found.path !== undefined) return { file: found.path, mode: statSync(found.path).mode & 0o777 };
  if (kind === 'checkout') return { file: join(folder, '.env'), mode: 0o600 };
  const user = userPlace(environment);
  if (!isRoot && kind === 'package' && user) return { file: user.file, mode: 0o600 };
  return { file: SYSTEM_PLACE.file, mode: kind === 'debian' ? 0o640 : 0o600 };
}

/**
 * Writes settings into a file, which has all of them or none at any moment. Other lines stay, and so does the owner of the
 * file; a new one belongs to the group of its folder.
 * @throws the error of the file system
 */
export async function writeSettings(
  { file, mode }: WrittenPlace,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = dirname(file);
  await makeFolder(folder);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const owner = existsSync(file) ? statSync(file) : { uid: process.getuid?.(), gid: statSync(folder).gid };
  const unfinished = `${file}.${process.pid}.tmp`;
  await writeFile(unfinished, settingsTextWith(text, values), { mode });
  if (process.getuid?.() === 0) chownSync(unfinished, owner.uid ?? 0, owner.gid);
  await rename(unfinished, file);
}
