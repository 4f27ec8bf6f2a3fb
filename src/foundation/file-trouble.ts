import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, parse, resolve, sep } from 'node:path';
import { errorLine } from './error-line.js';

/** Codes after which a look at the folders on the way tells more. */
const OF_THE_WAY = new Set(['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR']);

/**
 * Says on one line what kept a command from a file: which folder on the way is missing, or may not be entered by which
 * user. For commands, not for the server: it asks the file system, and waits for it.
 * @returns as {@link errorLine} where there is no more to say
 */
export function fileTrouble(error: unknown): string {
  if (typeof error !== 'object' || error === null) return errorLine(error);
  const { code, path }: { code?: unknown; path?: unknown } = error;
  if (typeof code !== 'string' || typeof path !== 'string' || !OF_THE_WAY.has(code)) return errorLine(error);
  const obstacle = obstacleOn(resolve(path));
  if (obstacle !== undefined) return obstacle;
  return code === 'EACCES' || code === 'EPERM' ? `${userName()} may not open ${path}` : errorLine(error);
}

/** The first thing on the way to a path that is not as it should be; undefined when all of it can be passed. */
function obstacleOn(path: string): string | undefined {
  const { root } = parse(path);
  const parts = path.slice(root.length).split(sep).filter(Boolean);
  let here = root;
  for (const [index, part] of parts.entries()) {
    const next = resolve(here, part);
    const isLast = index === parts.length - 1;
    const code = codeOf(next);
    if (code === 'ENOENT') return isLast ? `there is no ${next}` : `there is no folder ${next}`;
    if (code === 'ENOTDIR') return `${here} is no folder`;
    if (code === 'EACCES' || code === 'EPERM')
      return `${userName()} may not enter the folder ${dirname(next)}`;
    if (code !== undefined) return undefined;
    here = next;
  }
  return undefined;
}

function codeOf(path: string): string | undefined {
  try {
    statSync(path);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? 'unknown';
  }
}

/** The user of this process as an operator names them. */
function userName(): string {
  const id = process.geteuid?.();
  try {
    const { uid, username } = userInfo();
    if (id === undefined || uid === id) return `the user ${username}`;
  } catch {
    // A container may run as a number that has no name.
  }
  return `the user with the number ${String(id)}`;
}
