import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { findProgram } from '../../support/programs.js';

/** A way that packets go on a machine's line. */
export type Way = 'from the machine' | 'to the machine';

const ip = findProgram('ip');
/** A hardware address that no network card has, so a frame that is sent to it arrives nowhere. */
const NOBODY = '02:00:00:00:00:01';
/** Bytes of the first private network (10.0.0.0) of which each line takes four addresses. */
const LOWEST_NET = 128;

/**
 * The network namespace of a machine: it reaches others by its lines alone, and each of these can lose its packets one
 * way or both, as a broken cable or a firewall does: neither end is told, and nothing is acknowledged any more. It
 * takes root.
 */
export class MachineNetwork {
  /** Whether this user may make one here. */
  static readonly isPossible = mayMakeNamespaces();

  private readonly net = [10, LOWEST_NET + (randomBytes(1)[0] ?? 0) / 2, randomBytes(1)[0] ?? 0].map(
    Math.floor,
  );
  private lines = 0;

  private constructor(private readonly name: string) {}

  static async open(): Promise<MachineNetwork> {
    const network = new MachineNetwork(`plz${randomBytes(4).toString('hex')}`);
    await run('netns', 'add', network.name);
    await run('-n', network.name, 'link', 'set', 'lo', 'up');
    return network;
  }

  /** The words before a command that have it run on the machine. */
  get entrance(): string[] {
    return [ip ?? 'ip', 'netns', 'exec', this.name];
  }

  /** Lays a line between the tests and the machine. */
  async layLine(): Promise<Line> {
    const start = 4 * this.lines;
    const ends = { near: `${this.name}n${this.lines}`, far: `${this.name}f${this.lines}` };
    this.lines += 1;
    const [near, far] = [1, 2].map((last) => `${this.net.join('.')}.${start + last}`);
    if (near === undefined || far === undefined) throw new Error('a line has two ends');
    await run('link', 'add', ends.near, 'type', 'veth', 'peer', 'name', ends.far, 'netns', this.name);
    await run('addr', 'add', `${near}/30`, 'dev', ends.near);
    await run('-n', this.name, 'addr', 'add', `${far}/30`, 'dev', ends.far);
    await run('link', 'set', ends.near, 'up');
    await run('-n', this.name, 'link', 'set', ends.far, 'up');
    return new Line(near, far, {
      'from the machine': ['-n', this.name, 'neigh', 'replace', near, 'dev', ends.far],
      'to the machine': ['neigh', 'replace', far, 'dev', ends.near],
    });
  }

  /** Removes it with all its lines. */
  async close(): Promise<void> {
    await run('netns', 'delete', this.name);
  }
}

/** A line of a machine. */
export class Line {
  constructor(
    /** The address of its end where the tests are. */
    readonly near: string,
    /** The address of its end at the machine. */
    readonly far: string,
    /** Sets the hardware address that the sender of each way sends to. */
    private readonly neighbours: Readonly<Record<Way, readonly string[]>>,
  ) {}

  /** Loses all packets that go these ways, until {@link mend}. */
  async lose(...ways: Way[]): Promise<void> {
    for (const way of ways) await run(...this.neighbours[way], 'lladdr', NOBODY, 'nud', 'permanent');
  }

  /** Carries all packets again. */
  async mend(): Promise<void> {
    for (const neighbour of Object.values(this.neighbours)) {
      const forget = neighbour.map((word) => (word === 'replace' ? 'delete' : word));
      // The command fails for a hardware address that was not set.
      await run(...forget).catch(() => undefined);
    }
  }
}

async function run(...words: string[]): Promise<void> {
  if (ip === undefined) throw new Error('the program ip is not installed');
  await promisify(execFile)(ip, words);
}

function mayMakeNamespaces(): boolean {
  if (ip === undefined || process.getuid?.() !== 0) return false;
  const name = `plz${randomBytes(4).toString('hex')}`;
  try {
    execFileSync(ip, ['netns', 'add', name], { stdio: 'ignore' });
    execFileSync(ip, ['-n', name, 'link', 'add', 'try', 'type', 'veth', 'peer', 'name', 'tried'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  } finally {
    try {
      execFileSync(ip, ['netns', 'delete', name], { stdio: 'ignore' });
    } catch {
      // The namespace could not be made.
    }
  }
}
