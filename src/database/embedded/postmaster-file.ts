import { execFile } from 'node:child_process';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Where PostgreSQL listens: on a socket in a folder of its own, or on a port of 127.0.0.1. */
export type Address = { socketFolder: string } | { port: number };

/** What `postmaster.pid` says about the PostgreSQL that made it, which may be long gone. */
export interface PostmasterFile {
  pid: number;
  address: Address;
  ready: boolean;
}

/** Reads `postmaster.pid` of a data folder; undefined when there is none or it is still being written. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parsePostmasterFile(text);
}

/** Lines: pid, data folder, start time, port, socket folder, listen address, shared memory, status. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const [pid, , , port, socketFolder, , , status] = text.split('\n');
  if (!Number(pid) || !Number(port) || socketFolder === undefined) return undefined;
  return {
    pid: Number(pid),
    address: socketFolder === '' ? { port: Number(port) } : { socketFolder },
    ready: status?.trim() === 'ready',
  };
}

/**
 * True when process `pid` is a PostgreSQL on this data folder. A pid alone says nothing: after a crash it may be
 * another program's, in a container it usually is, and a process nobody reaped still has one.
 */
export async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  const command = await commandLine(pid);
  return command.includes(` -D ${cluster} `);
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
 * Removes a `postmaster.pid` whose process is gone, because PostgreSQL itself refuses to start when another process
 * of the same user has that pid by now. PostgreSQL's check of its shared memory still guards the data.
 *
 * @param stale what the file said when it was found stale; a file with another pid stays
 */
export async function removeStaleFile(cluster: string, stale: PostmasterFile): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  const aside = `${path}.stale-${process.pid}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const moved = parsePostmasterFile(await readFile(aside, 'utf8'));
  // Another process may have started PostgreSQL since we looked.
  if (moved?.pid !== stale.pid) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}
