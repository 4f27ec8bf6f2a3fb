import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Ids of the running processes whose command line contains `text`. */
export async function findProcesses(text: string): Promise<number[]> {
  const commands = process.platform === 'linux' ? await fromProc() : await fromPs();
  return commands.filter(({ command }) => command.includes(text)).map(({ pid }) => pid);
}

async function fromProc(): Promise<{ pid: number; command: string }[]> {
  return withCommands((await readdir('/proc')).map(Number).filter((pid) => pid > 0));
}

function withCommands(pids: readonly number[]): Promise<{ pid: number; command: string }[]> {
  return Promise.all(
    pids.map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid, command: command.replaceAll('\0', ' ') };
    }),
  );
}

async function fromPs(): Promise<{ pid: number; command: string }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axwwo', 'pid=,command=']);
  return stdout.split('\n').map((line) => {
    const [pid = '', ...command] = line.trim().split(' ');
    return { pid: Number(pid), command: command.join(' ') };
  });
}

/** The id of the first process of a data folder's embedded PostgreSQL. */
export async function postgresPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8'), 10);
}

/** Ids of those processes of a data folder's embedded PostgreSQL whose title contains `name`; on Linux alone. */
export async function postgresProcesses(dataDir: string, name: string): Promise<number[]> {
  const children = await childrenOf(await postgresPid(dataDir));
  return children.filter(({ command }) => command.includes(name)).map(({ pid }) => pid);
}

/** Kills the embedded PostgreSQL of a data folder, as a crash would. */
export async function killPostgresIn(dataDir: string): Promise<void> {
  process.kill(await postgresPid(dataDir), 'SIGKILL');
}

/**
 * The processes that a process has started, with their command lines; none when it has ended. On Linux alone. Tests ask
 * many times a second, so it looks at no other process of the machine.
 */
export async function childrenOf(parent: number): Promise<{ pid: number; command: string }[]> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '');
  return withCommands(children.split(' ').filter(Boolean).map(Number));
}
