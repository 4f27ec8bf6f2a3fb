import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files of a version of Linux's control groups. */
interface Version {
  /** The folder of the groups. */
  root: string;
  /** The prefix of the path of a process's own group in /proc/self/cgroup. */
  own: RegExp;
  limit: string;
  /** Has a line `oom_kill N`. */
  events: string;
}

const VERSIONS: readonly Version[] = [
  {
    root: '/sys/fs/cgroup/memory',
    own: /^\d+:memory:(.*)$/m,
    limit: 'memory.limit_in_bytes',
    events: 'memory.oom_control',
  },
  { root: '/sys/fs/cgroup', own: /^0::(.*)$/m, limit: 'memory.max', events: 'memory.events' },
];

/** A control group that bounds the memory of the processes that are put into it, as a container does. */
export class MemoryCgroup {
  private static made = 0;

  private constructor(
    private readonly folder: string,
    private readonly version: Version,
  ) {}

  /** Makes a group of so many bytes within the one of this process; undefined where that is not allowed. */
  static make(bytes: number): MemoryCgroup | undefined {
    for (const version of VERSIONS) {
      const folder = ownFolder(version);
      if (folder === undefined) continue;
      const path = join(folder, `plaza-test-${process.pid}-${++MemoryCgroup.made}`);
      try {
        mkdirSync(path);
      } catch {
        continue;
      }
      try {
        writeFileSync(join(path, version.limit), String(bytes), { flag: 'r+' });
        return new MemoryCgroup(path, version);
      } catch {
        rmdirSync(path);
      }
    }
    return undefined;
  }

  /** Whether this machine lets us make groups. */
  static isPossible(): boolean {
    const group = MemoryCgroup.make(2 ** 30);
    group?.remove();
    return group !== undefined;
  }

  /** The file to which a process writes its id to enter the group. */
  get entrance(): string {
    return join(this.folder, 'cgroup.procs');
  }

  /** How many of its processes the kernel has killed for lack of memory. */
  get kills(): number {
    const events = readFileSync(join(this.folder, this.version.events), 'utf8');
    return Number(/^oom_kill (\d+)$/m.exec(events)?.[1]);
  }

  /** Removes the group, once its processes have ended. */
  remove(): void {
    rmdirSync(this.folder);
  }
}

function ownFolder({ root, own }: Version): string | undefined {
  try {
    const path = own.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    return path === undefined ? undefined : join(root, path);
  } catch {
    return undefined;
  }
}
