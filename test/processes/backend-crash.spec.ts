import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../../src/foundation/database/errors.js';
import { openEmbeddedPostgres } from '../../src/foundation/database/embedded/embedded-postgres.js';
import { readMessage } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { Load } from '../support/load.js';
import { killPostgresIn, postgresPid, postgresProcesses } from '../support/processes.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

const WORKERS = 2;
const CLIENTS = 10;
/** Milliseconds until all are served again: many times what it takes, and less than a shutdown that is stuck. */
const BOUND = 15_000;

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** Sends a signal; false when the process, such as a session, has ended meanwhile. */
function killIfThere(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}

describe('a server under load whose PostgreSQL loses processes', () => {
  let folder: string;
  let server: TestServer;
  let actors: Actors;
  const outages: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plaza-backends-'));
    // PostgreSQL that root starts runs as another user, who has to get in.
    await chmod(folder, 0o711);
    const postgres = await openEmbeddedPostgres({ dataDir: folder, log });
    server = await startServer({
      workers: WORKERS,
      database: { url: postgres.url, drop: () => postgres.stop() },
      env: { POST_RATE_LIMIT: '100000', RATE_LIMIT_PER_KEY: '0' },
    });
    actors = new Actors(server);
  });

  afterAll(async () => {
    process.stderr.write(`Until all were served again: ${outages.join(', ')}\n`);
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const processesNamed = (name: string): Promise<number[]> => postgresProcesses(folder, name);

  /** Ids of the worker processes, by which one that died shows. */
  async function workers(): Promise<number[]> {
    return (await workerMemory(server)).map(({ pid }) => pid).sort();
  }

  /** Every text of the room, with its id; fails for one that is there twice. */
  async function readAll(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (let seqno = 0; ;) {
      const page = (await actors.alice.messagesSince('lobby', seqno)).expect(200).json;
      for (const row of page) {
        expect(row.seqno).toBe(++seqno);
        const text = readMessage(row.data ?? '').body ?? '';
        expect(found.has(text)).toBe(false);
        found.set(text, row.id);
      }
      if (page.length === 0) return found;
    }
  }

  /** Has PostgreSQL fail while everybody posts and polls, and waits until everybody is served. */
  async function survives(name: string, fail: () => Promise<unknown>): Promise<void> {
    const before = await workers();
    const load = new Load(name, actors.crowd(CLIENTS));
    await eventually(() => load.everyoneHad({ post: 201, poll: 200 }));
    load.forget();
    const failedAt = Date.now();
    await fail();
    await eventually(() => load.kinds().includes(503));
    load.forget();
    await eventually(() => load.everyoneHad({ post: 201, poll: 200 }), BOUND);
    outages.push(`${name} ${Date.now() - failedAt} ms`);
    await load.end();
    const texts = await readAll();
    for (const [text, { id }] of load.stored) expect(texts.get(text)).toBe(id);
    expect(server.log()).not.toContain('A request failed');
    expect(await workers()).toEqual(before);
  }

  const kill = (pids: number[], signal: NodeJS.Signals = 'SIGKILL'): void => {
    expect(pids.length).toBeGreaterThan(0);
    for (const pid of pids) killIfThere(pid, signal);
  };
  const sessions = (): Promise<number[]> => processesNamed('plaza plaza');

  it('serves again soon after one session was killed', async () => {
    await survives('a session', async () => {
      kill((await sessions()).slice(-1));
    });
  });

  it('serves again soon after several sessions were killed, and one more while PostgreSQL recovers', async () => {
    await survives('several sessions', async () => {
      kill((await sessions()).slice(0, 5));
      await eventually(async () => {
        const [again] = await sessions();
        if (again === undefined) return false;
        return killIfThere(again, 'SIGKILL');
      });
    });
  });

  it.each(['checkpointer', 'walwriter'])('serves again soon after its %s was killed', async (name) => {
    await survives(name, async () => {
      kill(await processesNamed(name));
    });
  });

  it('serves again soon after PostgreSQL itself was killed', async () => {
    await survives('postmaster', () => killPostgresIn(folder));
  });

  it.each(['SIGTERM', 'SIGQUIT'] as const)(
    'starts PostgreSQL again soon after somebody ended it with %s',
    async (signal) => {
      await survives(signal, async () => {
        kill([await postgresPid(folder)], signal);
      });
    },
  );

  it('says in its refusals when to try again', async () => {
    const ask = (): Promise<Response> => fetch(`${server.url}/room/lobby/messages/recent`);
    let refused: Response | undefined;
    // PostgreSQL may be back before it is asked.
    await eventually(async () => {
      for (const pid of (await sessions()).slice(-1)) killIfThere(pid, 'SIGKILL');
      refused = await ask();
      return refused.status === 503;
    });
    expect(refused?.headers.get('retry-after')).toBe('1');
    await eventually(async () => (await ask()).ok);
  });
});
