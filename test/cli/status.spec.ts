import { openServer, type OpenServer } from '../support/open-server.js';

const REPORT = { hearsChanges: true, reachesRedis: false, clockAhead: 0, databaseMs: 1, memory: 2 ** 27 };

describe('plaza status', () => {
  let server: OpenServer;

  beforeAll(async () => {
    server = await openServer({
      heldClock: true,
      // Nobody listens there, and no disk has so much.
      env: {
        REDIS_URL: 'redis://127.0.0.1:1',
        MIN_FREE_DISK_BYTES: '900000000000000',
        MACHINE_NAME: 'plaza-1',
      },
    });
  });

  afterAll(() => server.stop());

  /** Lists a process that showed itself for the last time so many seconds ago. */
  async function list(machine: string, pid: number, silentFor: number): Promise<void> {
    await server.sql(
      `INSERT INTO processes (id, machine, pid, version, public_key, settings, report, is_leaving, started_at, seen_at)
       VALUES (gen_random_uuid(), $1, $2, '0.1.0', $3, '{}', $4, false, plaza_now() - 3600, plaza_now() - $5::float8)`,
      [machine, pid, server.publicKey, REPORT, silentFor],
    );
  }

  it('tells a machine that is gone from one whose worker is silent, and names the services that do not answer, with the reason', async () => {
    await list('plaza-2:8080', 71, 300);
    await list('plaza-2:8080', 72, 301);
    await list('plaza-3:8080', 81, 0);
    await list('plaza-3:8080', 82, 20);
    await list('plaza-3:8080', 83, 600);
    const { code, stdout } = await server.plaza('status');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    const at = (start: string) => lines.filter((line) => line.startsWith(start));
    expect(at('machine plaza-2')).toEqual([
      expect.stringMatching(
        /^machine plaza-2:8080, gone without a word: last seen \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
      ),
    ]);
    expect([...at('  worker 71,'), ...at('  worker 72,')]).toEqual([]);
    expect(at('  worker 81,')).toEqual([expect.not.stringContaining('silent')]);
    expect(at('  worker 82,')).toEqual([expect.stringMatching(/, silent for 20 s, does not reach Redis$/)]);
    expect(at('  worker 83,')).toEqual([]);
    expect(at('Redis')).toEqual([expect.stringMatching(/^Redis can't be used: .*127\.0\.0\.1/)]);
    expect(at('jobs')).toEqual(['jobs wait for Redis']);
    expect(at('disk')).toEqual([
      expect.stringMatching(/less than MIN_FREE_DISK_BYTES: this machine takes no uploads$/),
    ]);
  });

  it('tells programs the same as JSON', async () => {
    const status = JSON.parse(await server.operate('status', '--json')) as Record<string, unknown>;
    expect(status).toMatchObject({
      machines: expect.arrayContaining([
        expect.objectContaining({ name: 'plaza-2:8080', is_gone: true }),
        expect.objectContaining({ name: 'plaza-3:8080', is_gone: false }),
      ]) as unknown,
      redis: { is_reachable: false, failure: expect.any(String) as string },
      storage: { kind: 'folder', is_reachable: true, failure: null },
      disk: { is_full: true },
      jobs: null,
    });
  });
});
