import { execFile } from 'node:child_process';
import { link, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isHandedOver } from './handles.js';

/** Names the socket file; no TCP port is meant. */
export const SOCKET_PORT = 5432;

/** Milliseconds that PostgreSQL, however slow the machine, does not take to fill its lock file. */
const WRITTEN_WITHIN = 5_000;

/** Where PostgreSQL listens: on a socket in a folder of its own, or on a port of 127.0.0.1. */
export type ListenAddress = { socketFolder: string } | { port: number };

/** The contents of `postmaster.pid`. The PostgreSQL that wrote it may be long gone. */
export interface PostmasterFile {
  pid: number;
  address: ListenAddress;
  ready: boolean;
  /** It lets nobody in any more, and ends when its sessions have ended. */
  stopping: boolean;
}

/** Reads `postmaster.pid` of a data folder; undefined when there is none or it is still being written. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  const file = text === undefined ? undefined : parsePostmasterFile(text);
  if (!file || 'port' in file.address || !isHandedOver(file.address.socketFolder)) return file;
  // The path in the file is PostgreSQL's alone.
  return { ...file, address: { socketFolder: join(dirname(cluster), 'socket') } };
}

/** Lines: pid, data folder, start time, port, socket folder, listen address, shared memory, status. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const [pid, , , port, socketFolder, , , status] = text.split('\n');
  if (!Number(pid) || !Number(port) || socketFolder === undefined) return undefined;
  return {
    pid: Number(pid),
    address: socketFolder === '' ? { port: Number(port) } : { socketFolder },
    ready: status?.trim() === 'ready',
    stopping: status?.trim() === 'stopping',
  };
}

/**
 * True when process `pid` is a PostgreSQL on this data folder. A pid alone says nothing: after a crash it may be
 * another program's, in a container it usually is, and a process nobody reaped still has one.
 */
export async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  const command = await commandLine(pid);
  if (command.includes(` -D ${cluster} `)) return true;
  // One that got its folder as a descriptor has no other name for it, but it works there.
  if (!isHandedOver(/ -D (\S+) /.exec(command)?.[1] ?? '')) return false;
  return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === cluster;
}

async function commandLine(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.replaceAll('\0', ' ');
  }
  return promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

/**
 * Removes the lock files of a PostgreSQL that is gone. PostgreSQL itself would refuse to start while any process has
 * the pid in them. Its check of its shared memory still guards the data.
 */
export async function removeStaleLocks(cluster: string, socketFolder: string): Promise<void> {
  const files = [join(socketFolder, `.s.PGSQL.${SOCKET_PORT}.lock`), join(cluster, 'postmaster.pid')];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined || (await isHeld(file, text, cluster))) continue;
    const aside = `${file}.stale-${process.pid}`;
    if (!(await rename(file, aside).then(succeeded, failed))) continue;
    // Another process may have started PostgreSQL since we looked.
    if ((await readFile(aside, 'utf8')) !== text) await link(aside, file).catch(failed);
    await rm(aside, { force: true });
  }
}

/** An empty lock file is one that is being written, or that a power cut emptied. */
async function isHeld(file: string, text: string, cluster: string): Promise<boolean> {
  const pid = Number.parseInt(text, 10);
  if (pid > 0) return isPostmaster(pid, cluster);
  const found = await stat(file).catch(() => undefined);
  return found === undefined || found.mtimeMs > Date.now() - WRITTEN_WITHIN;
}

const succeeded = (): boolean => true;
const failed = (): boolean => false;
