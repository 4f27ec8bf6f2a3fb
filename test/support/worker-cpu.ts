import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type TestServer } from './server.js';
import { workerMemory } from './worker-memory.js';

/** Clock ticks a second in /proc, the same on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that the worker processes of a running server have used since they began. */
export async function workerCpuSeconds(server: TestServer): Promise<number> {
  return cpuSeconds((await workerMemory(server)).map(({ pid }) => pid));
}

/** Seconds of CPU that some processes of this machine have used since they began. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const seconds = await Promise.all(
    pids.map((pid) => (process.platform === 'linux' ? fromProc(pid) : fromPs(pid))),
  );
  return seconds.reduce((sum, each) => sum + each, 0);
}

async function fromProc(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces; user and system time are the 12th and 13th fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function fromPs(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'time=', '-p', String(pid)]);
  const [seconds = 0, minutes = 0, hours = 0] = stdout.trim().split(':').map(Number).reverse();
  return seconds + 60 * minutes + 3600 * hours;
}
