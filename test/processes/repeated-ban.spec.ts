import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { authHeaders } from '../client/request-auth.js';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';

/** A machine that hears what all are told, and answers a call at once, or when the test says so. */
class SlowMachine {
  readonly id = randomUUID();
  private readonly calls: string[] = [];
  private isLate = false;

  private constructor(
    private readonly client: pg.Client,
    private readonly server: OpenServer,
  ) {}

  static async start(server: OpenServer): Promise<SlowMachine> {
    const client = new pg.Client(server.database.url);
    await client.connect();
    const machine = new SlowMachine(client, server);
    client.on('notification', ({ payload = '' }) => {
      if (!payload.startsWith('roll-call:')) return;
      machine.calls.push(payload.split(':').at(-1) ?? '');
      if (!machine.isLate) void machine.answerAll();
    });
    await client.query('LISTEN plaza');
    await server.sql(
      `INSERT INTO processes (id, machine, pid, version, public_key, settings, report, is_leaving, started_at, seen_at)
       VALUES ($1, 'slow:1', 1, '0', $2, '{}', '{}', false, plaza_now(), plaza_now())`,
      [machine.id, server.publicKey],
    );
    return machine;
  }

  /** Calls that it has not answered. */
  get asked(): number {
    return this.calls.length;
  }

  /** Has it answer by {@link answerAll} alone. */
  beLate(): void {
    this.isLate = true;
  }

  async answerAll(): Promise<void> {
    for (const call of this.calls.splice(0))
      await this.server.sql(`SELECT pg_notify('plaza', $1)`, [`roll-answer:${call}:${this.id}`]);
  }

  async stop(): Promise<void> {
    await this.server.sql('DELETE FROM processes WHERE id = $1', [this.id]);
    await this.client.end();
  }
}

describe('a ban that is sent again to another machine before the first one has answered', () => {
  let here: OpenServer;
  let there: OpenServer;
  let slow: SlowMachine;

  beforeAll(async () => {
    here = await openServer();
    there = await openServer({ beside: here });
    slow = await SlowMachine.start(here);
  });

  afterAll(async () => {
    await slow.stop();
    await there.stop();
    await here.stop();
  });

  it('is answered there only when all machines have been asked whether they have heard of it', async () => {
    const actors = new Actors(here);
    const boss = await actors.globalAdmin();
    const target = actors.person('raider');
    for (const client of [target, boss]) (await client.pollInfo('lobby')).expect(200);
    slow.beLate();

    const path = `/user/${target.id}/ban`;
    const body = Buffer.from(JSON.stringify({ global: true }));
    if (!boss.identity) throw new Error('an admin has an identity');
    const signer = boss.identity.blindedFor(here.publicKey);
    const signed = authHeaders(
      signer,
      here.publicKey,
      { method: 'POST', path, body },
      { nonce: randomBytes(16) },
    );
    const send = (client: SessionClient) =>
      client.post(path, body, { auth: 'none', headers: { ...signed, 'Content-Type': 'application/json' } });

    const first = send(boss);
    await eventually(() => slow.asked === 1);
    expect(await here.sql('SELECT banned FROM users WHERE session_id = $1', [target.id])).toEqual([
      { banned: true },
    ]);
    const repeat = send(there.client(boss.identity));
    await eventually(() => slow.asked === 2);
    await slow.answerAll();
    expect([(await first).status, (await repeat).status]).toEqual([200, 200]);
  });
});
