import { spawn } from 'node:child_process';
import { DatabaseStartError } from '../errors.js';

/** The user that PostgreSQL's processes run as when this process is root, which PostgreSQL refuses to be. */
export interface SystemUser {
  uid: number;
  gid: number;
}

/** The result of a finished child process: its exit code and everything it printed. */
export interface FinishedProcess {
  code: number | null;
  output: string;
}

/** Tried in this order. A user of Plaza's own is best: others who run as `nobody` could read the data. */
const CANDIDATES = ['plaza', 'postgres', 'nobody'];

/**
 * The whole environment of PostgreSQL's processes: `PG*` variables and locales of whoever started Plaza must not
 * change what the database does.
 */
const CHILD_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** True when this process may, and must, hand PostgreSQL to another user. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Spawn options that make a child run as `user`, or as ourselves without one. */
export function runningAs(user: SystemUser | undefined): Partial<SystemUser> & {
  cwd: string;
  env: typeof CHILD_ENVIRONMENT;
} {
  // The folder we were started in may be closed to that user.
  return { cwd: '/', env: CHILD_ENVIRONMENT, ...user };
}

/**
 * Runs a command to its end as `user`.
 *
 * @param descriptors that the command gets from 3 on
 * @returns exit code (null after a signal) and stdout and stderr together
 * @throws the spawn error (`EACCES`, `ENOENT`) when `user` cannot execute it
 */
export function runToEnd(
  file: string,
  args: readonly string[],
  user?: SystemUser,
  descriptors: readonly number[] = [],
): Promise<FinishedProcess> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...runningAs(user),
      stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
    });
    let output = '';
    const collect = (chunk: Buffer): void => void (output += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, output });
    });
  });
}

/** True when `user` can enter `folder`; asks the kernel, because modes alone do not tell (ACLs, mounts). */
export async function canEnter(folder: string, user: SystemUser): Promise<boolean> {
  const { code } = await runToEnd('/bin/sh', ['-c', 'cd -- "$0"', folder], user);
  return code === 0;
}

/**
 * The unprivileged user for a new database when we are root.
 *
 * @throws DatabaseStartError when the system has none of the candidates
 */
export async function chooseSystemUser(): Promise<SystemUser & { name: string }> {
  for (const name of CANDIDATES) {
    const [uid, gid] = await Promise.all([lookUp('-u', name), lookUp('-g', name)]);
    if (uid !== undefined && gid !== undefined) return { uid, gid, name };
  }
  throw new DatabaseStartError(
    `PostgreSQL does not run as root and there is no user ${CANDIDATES.join(', ')} to run it as: ` +
      'create one, start Plaza as an ordinary user, or set DATABASE_URL',
  );
}

async function lookUp(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  const { code, output } = await runToEnd('id', [flag, name]);
  const id = Number.parseInt(output, 10);
  return code === 0 && id > 0 ? id : undefined;
}
