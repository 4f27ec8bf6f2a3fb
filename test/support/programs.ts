import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Folders in which Debian has programs that users have no path to. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/sbin'];

/** The path of an installed program; undefined when there is none. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
