import { randomBytes } from 'node:crypto';
import { decodeBencodedStrings } from '../src/crypto/bencode.js';
import { type Sodium } from '../src/crypto/sodium.js';
import { cryptoFloor } from './crypto-floor.js';
import { messageSequence, ROOMS } from './data-set.js';
import { joined, LoadGenerator, type LoadResult, percentile } from './load-generator.js';
import { Member, openReply, type PreparedRequest } from './prepared-request.js';
import { type Measurement } from './report.js';
import { type ServerUnderTest } from './server-under-test.js';
import { countStatements } from './statements.js';
import { type Situation, type Workload } from './workloads.js';

const WARM_UP_SHARE = 0.1;
const SHARE_OF_PEAK = 0.7;
const FILE_BYTES = 1_000_000;

/** Measures workloads against a running server. */
export class Bench {
  private readonly members: Member[];
  private readonly load: LoadGenerator;
  private lastReply: Buffer = Buffer.alloc(0);
  private fileId = 0;

  constructor(
    private readonly server: ServerUnderTest,
    private readonly sodium: Sodium,
    private readonly options: { members: number; connections: number; scale: number },
  ) {
    this.members = Array.from({ length: options.members }, () => new Member(sodium, server.publicKey));
    this.load = new LoadGenerator(server.port, options.connections, (body, { key }) => {
      this.checkReply(body, key);
    });
  }

  /** Of everyone who will send requests. */
  get sessionIds(): string[] {
    return this.members.map((member) => member.sessionId);
  }

  /** Uploads the file that members will download. */
  async uploadFile(): Promise<void> {
    const [member] = this.members;
    if (!member) return;
    const upload = member.prepare({
      method: 'POST',
      path: `/room/${ROOMS[0]}/file`,
      body: randomBytes(FILE_BYTES),
      contentType: 'application/octet-stream',
    });
    await this.load.send([upload]);
    this.fileId = (JSON.parse(String(this.lastReply)) as { id: number }).id;
  }

  /** Warms up, then runs at full speed, then at 70 % of the rate reached. */
  async measure(workload: Workload): Promise<Measurement> {
    const requests = Math.round(workload.requests * this.options.scale);
    await this.run(workload, Math.round(requests * WARM_UP_SHARE));
    const floorBefore = await this.floorOf(workload);
    const statements = await this.statements();
    const before = await this.server.usage();
    const load = await this.run(workload, requests);
    const after = await this.server.usage();
    const statementsRun = (await this.statements()) - statements;
    const requestsPerSecond = load.requests / load.seconds;
    const relaxed = await this.run(workload, Math.round(requests / 2), requestsPerSecond * SHARE_OF_PEAK);
    const perRequest = (seconds: number): number => (seconds * 1000) / load.requests;
    return {
      workload: workload.name,
      description: workload.description,
      requestsPerSecond,
      p50: percentile(load.latencies, 0.5),
      p95: percentile(load.latencies, 0.95),
      p99: percentile(load.latencies, 0.99),
      p99AtSeventyPercent: percentile(relaxed.latencies, 0.99),
      cpu: perRequest(after.cpuSeconds - before.cpuSeconds),
      postgresCpu: perRequest(after.postgresCpuSeconds - before.postgresCpuSeconds),
      // The machine is not equally fast all the time.
      cryptoFloor: (floorBefore + (await this.floorOf(workload))) / 2,
      workerBytes: after.workerBytes,
      statementsPerRequest: statementsRun / load.requests,
      failures: [...load.failures.values()].reduce((sum, count) => sum + count, 0),
    };
  }

  close(): void {
    this.load.close();
  }

  private async run(workload: Workload, count: number, rate?: number): Promise<LoadResult> {
    const results: LoadResult[] = [];
    for (let start = 0; start < count; start += this.members.length) {
      const requests = await this.prepare(workload, start, Math.min(count, start + this.members.length));
      results.push(await this.load.send(requests, rate));
    }
    return joined(results);
  }

  /** One request of each member, who has seen what there was until now: clients poll from where they are. */
  private async prepare(workload: Workload, start: number, end: number): Promise<PreparedRequest[]> {
    const situation = await this.situation();
    const requests: PreparedRequest[] = [];
    for (let index = start; index < end; index++) {
      const member = this.members[index % this.members.length];
      if (member) requests.push(member.prepare(workload.request(member, index, situation, this.sodium)));
    }
    return requests;
  }

  private checkReply(sealed: Buffer, key: Buffer): void {
    const strings = decodeBencodedStrings(openReply(sealed, key, this.sodium));
    const meta = JSON.parse(String(strings?.first)) as { code: number };
    if (meta.code > 299) throw new Error(`A request was answered ${meta.code}: ${String(strings?.second)}`);
    this.lastReply = strings?.second ?? Buffer.alloc(0);
  }

  private async floorOf(workload: Workload): Promise<number> {
    const [member] = this.members;
    if (!member) return 0;
    const { body = '' } = workload.request(member, 0, await this.situation(), this.sodium);
    return cryptoFloor(this.sodium, body.length, this.lastReply.length);
  }

  private async situation(): Promise<Situation> {
    const seqnos = new Map<string, number>();
    for (const token of ROOMS) seqnos.set(token, await messageSequence(this.server.sql, token));
    const { rows } = await this.server.sql.query<{ id: string }>(
      `SELECT m.id FROM messages m JOIN rooms r ON r.id = m.room_id
       WHERE r.token = $1 AND data IS NOT NULL ORDER BY m.id DESC LIMIT 100`,
      [ROOMS[0]],
    );
    return { seqnos, infoUpdates: 0, fileId: this.fileId, messageIds: rows.map(({ id }) => Number(id)) };
  }

  private statements(): Promise<number> {
    return countStatements(this.server.sql);
  }
}
