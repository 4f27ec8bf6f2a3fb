import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type TestServer } from './server.js';

/** A worker process of a server. */
export interface WorkerMemory {
  pid: number;
  /** Resident memory in bytes. */
  resident: number;
}

/** What the worker processes of a running server hold in memory. */
export async function workerMemory(server: TestServer): Promise<WorkerMemory[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,rss=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === server.pid)
    .map(([pid = 0, , kibibytes = 0]) => ({ pid, resident: kibibytes * 1024 }));
}
