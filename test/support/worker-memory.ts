import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type TestServer } from './server.js';

/** The command line of a worker. An embedded PostgreSQL is a child of the server, too. */
const WORKER = 'dist/server/main.js';

/** A worker process of a server. */
export interface WorkerMemory {
  pid: number;
  /** Resident memory in bytes. */
  resident: number;
}

/** The memory that the worker processes of a running server hold. */
export function workerMemory({ pid }: TestServer): Promise<WorkerMemory[]> {
  // Tests ask many times a second, and `ps` looks at every process of the machine.
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

async function fromProc(parent: number): Promise<WorkerMemory[]> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8');
  const workers = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map(async (pid) => {
        // A process that has ended in the meantime, or that nobody has waited for yet, holds no memory.
        const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
        const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (!command.includes(WORKER)) return [];
        const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
        return kibibytes === undefined ? [] : [{ pid: Number(pid), resident: Number(kibibytes) * 1024 }];
      }),
  );
  return workers.flat();
}

async function fromPs(supervisor: number): Promise<WorkerMemory[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=,args=']);
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line.includes(WORKER))
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === supervisor)
    .map(([pid = 0, , kibibytes = 0]) => ({ pid, resident: kibibytes * 1024 }));
}
