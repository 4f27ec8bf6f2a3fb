import { randomBytes } from 'node:crypto';
import { type Sodium } from '../src/crypto/sodium.js';
import { Crowd } from './crowd.js';
import { cryptoFloor } from './crypto-floor.js';
import { messageSequence, ROOMS } from './data-set.js';
import { percentile } from './load-generator.js';
import { type Measurement, speedOf } from './report.js';
import { type ServerUnderTest } from './server-under-test.js';
import { countStatements } from './statements.js';
import { type RoomSituation, type Situation, type Workload } from './workloads.js';

/** V8 takes some ten thousand requests to compile what they run through. */
const WARM_UP_SHARE = 0.5;
const SHARE_OF_PEAK = 0.7;
const FILE_BYTES = 1_000_000;

/** Measures workloads against a server that was started for it. */
export class Bench {
  private readonly crowd: Crowd;
  private fileId = 0;

  constructor(
    private readonly server: ServerUnderTest,
    private readonly sodium: Sodium,
    private readonly options: { members: number; connections: number; scale: number },
  ) {
    const address = { host: '127.0.0.1', port: server.port };
    this.crowd = new Crowd(sodium, { ...options, address, publicKey: server.publicKey }, () =>
      this.situation(),
    );
  }

  /** Of everyone who will send requests. */
  get sessionIds(): string[] {
    return this.crowd.sessionIds;
  }

  /** Uploads the file that members will download. */
  async uploadFile(): Promise<void> {
    const reply = await this.crowd.ask({
      method: 'POST',
      path: `/room/${ROOMS[0]}/file`,
      body: randomBytes(FILE_BYTES),
      contentType: 'application/octet-stream',
    });
    this.fileId = (JSON.parse(String(reply)) as { id: number }).id;
  }

  /** Warms up, then runs at full speed, then at 70 % of the rate reached. */
  async measure(workload: Workload): Promise<Measurement> {
    const requests = Math.round(workload.requests * this.options.scale);
    await this.crowd.run(workload, { requests: Math.round(requests * WARM_UP_SHARE) });
    const floorBefore = await this.floorOf(workload);
    const statements = await this.statements();
    const before = await this.server.usage();
    const load = await this.crowd.run(workload, { requests });
    const after = await this.server.usage();
    const statementsRun = (await this.statements()) - statements;
    const speed = speedOf(workload, load);
    const relaxed = await this.crowd.run(
      workload,
      { requests: Math.round(requests / 2) },
      speed.requestsPerSecond * SHARE_OF_PEAK,
    );
    const perRequest = (seconds: number): number => (seconds * 1000) / load.requests;
    return {
      ...speed,
      p99AtSeventyPercent: percentile(relaxed.latencies, 0.99),
      cpu: perRequest(after.cpuSeconds - before.cpuSeconds),
      postgresCpu: perRequest(after.postgresCpuSeconds - before.postgresCpuSeconds),
      // The machine is not equally fast all the time.
      cryptoFloor: (floorBefore + (await this.floorOf(workload))) / 2,
      workerBytes: after.workerBytes,
      statementsPerRequest: statementsRun / load.requests,
    };
  }

  close(): void {
    this.crowd.close();
  }

  private async floorOf(workload: Workload): Promise<number> {
    const { body = '' } = this.crowd.example(workload, await this.situation());
    return cryptoFloor(this.sodium, body.length, this.crowd.replyBytes);
  }

  private async situation(): Promise<Situation> {
    const rooms: RoomSituation[] = [];
    for (const token of ROOMS) {
      rooms.push({ token, seqno: await messageSequence(this.server.sql, token), infoUpdates: 0 });
    }
    const { rows } = await this.server.sql.query<{ id: string }>(
      `SELECT m.id FROM messages m JOIN rooms r ON r.id = m.room_id
       WHERE r.token = $1 AND data IS NOT NULL ORDER BY m.id DESC LIMIT 100`,
      [ROOMS[0]],
    );
    return { rooms, fileId: this.fileId, messageIds: rows.map(({ id }) => Number(id)) };
  }

  private statements(): Promise<number> {
    return countStatements(this.server.sql);
  }
}
