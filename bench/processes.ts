import { readFile, readdir } from 'node:fs/promises';

/** Clock ticks of /proc/…/stat in a second. */
const TICKS_PER_SECOND = 100;

/** CPU and memory of a server's processes at a moment. */
export interface Usage {
  /** Seconds, PostgreSQL included. */
  cpuSeconds: number;
  postgresCpuSeconds: number;
  /** Resident bytes of the largest worker. */
  workerBytes: number;
}

/** The resources that a process and its descendants have used so far: a supervisor, its workers and PostgreSQL. */
export async function usageOf(root: number): Promise<Usage> {
  const family = await familyOf(root);
  if (family.length === 0) throw new Error(`There is no process ${root}`);
  const usage: Usage = { cpuSeconds: 0, postgresCpuSeconds: 0, workerBytes: 0 };
  for (const process of family) {
    usage.cpuSeconds += process.cpuSeconds;
    if (process.name.startsWith('postgres')) usage.postgresCpuSeconds += process.cpuSeconds;
    else usage.workerBytes = Math.max(usage.workerBytes, process.residentBytes);
  }
  return usage;
}

interface ProcessUsage {
  pid: number;
  parent: number;
  name: string;
  cpuSeconds: number;
  residentBytes: number;
}

/** A process and all its descendants, and PostgreSQL wherever it was re-parented to. */
async function familyOf(root: number): Promise<ProcessUsage[]> {
  const all = new Map<number, ProcessUsage>();
  for (const entry of await readdir('/proc')) {
    const process = /^\d+$/.test(entry) ? await readProcess(Number(entry)) : undefined;
    if (process) all.set(process.pid, process);
  }
  const belongs = (process: ProcessUsage | undefined): boolean =>
    process !== undefined && (process.pid === root || belongs(all.get(process.parent)));
  return [...all.values()].filter(belongs);
}

async function readProcess(pid: number): Promise<ProcessUsage | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
    return {
      pid,
      parent: Number(fields[1]),
      name,
      cpuSeconds: ((utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0)) / TICKS_PER_SECOND,
      residentBytes: Number(fields[21]) * 4096,
    };
  } catch {
    return undefined;
  }
}
