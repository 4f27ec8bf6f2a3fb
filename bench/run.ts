import { randomBytes } from 'node:crypto';
import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { Crowd } from './crowd.js';
import { cryptoFloor } from './crypto-floor.js';
import { countersOf, ROOMS } from './data-set.js';
import { joined, type LoadResult, percentile } from './load-generator.js';
import { type UnderTest } from './plaza-process.js';
import { type Usage } from './processes.js';
import { type Measurement, speedOf } from './report.js';
import { countStatements } from './statements.js';
import { post, type Situation, type Workload } from './workloads.js';

/** V8 takes some ten thousand requests to compile the code that they run. */
const WARM_UP_SHARE = 0.5;
const SHARE_OF_PEAK = 0.7;
/** The machine is not equally fast all the time: the peak is measured anew so often, and the floor before and after. */
const PARTS = 4;
const FILE_BYTES = 1_000_000;

/** The resources that the server has used. */
type Cost = Pick<Usage, 'cpuSeconds' | 'postgresCpuSeconds'> & { statements: number };

/** Measures workloads against a server that was started for it. */
export class Bench {
  private readonly crowd: Crowd;
  private fileId = 0;

  constructor(
    private readonly server: UnderTest,
    private readonly sodium: Sodium,
    private readonly options: { members: number; connections: number; scale: number; encType: string },
  ) {
    const { addresses, publicKey } = server;
    this.crowd = new Crowd(sodium, { ...options, addresses, publicKey }, () => this.situation());
  }

  /** The Session IDs of everyone who will send requests. */
  get sessionIds(): string[] {
    return this.crowd.sessionIds;
  }

  /** Uploads the file that members will download, and posts it: until then its uploader alone can read it. */
  async uploadFile(): Promise<void> {
    const reply = await this.crowd.ask(() => ({
      method: 'POST',
      path: `/room/${ROOMS[0]}/file`,
      body: randomBytes(FILE_BYTES),
      contentType: 'application/octet-stream',
    }));
    this.fileId = (JSON.parse(String(reply)) as { id: number }).id;
    await this.crowd.ask((member) => post(member, ROOMS[0], this.sodium, [this.fileId]));
  }

  /** Warms up, then runs at full speed and at 70 % of the rate reached, in turn. */
  async measure(workload: Workload): Promise<Measurement> {
    const total = workload.requests * this.options.scale;
    const requests = Math.round(total / PARTS);
    await this.crowd.run(workload, { requests: Math.round(total * WARM_UP_SHARE) });
    const floorBefore = await this.floorOf(workload);
    const full: LoadResult[] = [];
    const relaxed: LoadResult[] = [];
    const costs: Cost[] = [];
    for (let part = 0; part < PARTS; part++) {
      const before = await this.spent();
      const load = await this.crowd.run(workload, { requests });
      costs.push(difference(before, await this.spent()));
      full.push(load);
      const rate = (load.requests / load.seconds) * SHARE_OF_PEAK;
      relaxed.push(await this.crowd.run(workload, { requests: Math.round(requests / 2) }, rate));
    }
    const load = joined(full);
    const perRequest = (cost: keyof Cost): number =>
      costs.reduce((sum, part) => sum + part[cost], 0) / load.requests;
    return {
      ...speedOf(workload, load),
      p99AtSeventyPercent: percentile(joined(relaxed).latencies, 0.99),
      cpu: perRequest('cpuSeconds') * 1000,
      postgresCpu: perRequest('postgresCpuSeconds') * 1000,
      cryptoFloor: (floorBefore + (await this.floorOf(workload))) / 2,
      workerBytes: (await this.server.usage()).workerBytes,
      statementsPerRequest: perRequest('statements'),
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
    const rooms = await countersOf(this.server.sql);
    const { rows } = await this.server.sql.query<{ id: string }>(
      `SELECT m.id FROM messages m JOIN rooms r ON r.id = m.room_id
       WHERE r.token = $1 AND data IS NOT NULL ORDER BY m.id DESC LIMIT 100`,
      [ROOMS[0]],
    );
    return { rooms, fileId: this.fileId, messageIds: rows.map(({ id }) => Number(id)) };
  }

  private async spent(): Promise<Cost> {
    return { ...(await this.server.usage()), statements: await countStatements(this.server.sql) };
  }
}

function difference(before: Cost, after: Cost): Cost {
  return {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    postgresCpuSeconds: after.postgresCpuSeconds - before.postgresCpuSeconds,
    statements: after.statements - before.statements,
  };
}
