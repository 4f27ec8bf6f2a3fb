import { decodeBencodedStrings } from '../src/protocol/crypto/bencode.js';
import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { type Address, joined, LoadGenerator, type LoadResult } from './load-generator.js';
import { type InnerRequest, Member, type PreparedRequest } from './prepared-request.js';
import { type Situation, type Workload } from './workloads.js';

/** The server that the members use, and their number. */
export interface CrowdOptions {
  addresses: readonly Address[];
  publicKey: Buffer;
  members: number;
  connections: number;
  /** `xchacha20`, which is the default, `aes-gcm`, or `both` for half of the members each. */
  encType?: string | undefined;
}

/** How long a run lasts: until so many requests were sent or so many seconds of sending have passed. */
export type Extent = { requests: number } | { seconds: number };

const CIPHERS = ['xchacha20', 'aes-gcm'] as const;
const REFUSED_IN_BATCH = /"code": ?([45]\d\d)/;

/** Members of a community who send the requests of a workload and look into some of the replies. */
export class Crowd {
  private readonly members: Member[];
  private readonly load: LoadGenerator;
  private lastReply: Buffer = Buffer.alloc(0);

  /** @param situation of the rooms at this moment */
  constructor(
    private readonly sodium: Sodium,
    options: CrowdOptions,
    private readonly situation: () => Promise<Situation>,
  ) {
    const { publicKey, encType } = options;
    this.members = Array.from(
      { length: options.members },
      (_, index) => new Member(sodium, publicKey, encType === 'both' ? CIPHERS[index % 2] : encType),
    );
    this.load = new LoadGenerator(options.addresses, options.connections, (body, sender) => {
      this.checkReply(body, sender);
    });
  }

  get sessionIds(): string[] {
    return this.members.map((member) => member.sessionId);
  }

  /** The size of the last reply that was looked into. */
  get replyBytes(): number {
    return this.lastReply.length;
  }

  /** Sends a request of one member and returns the body of the reply. */
  async ask(requestOf: (member: Member) => InnerRequest): Promise<Buffer> {
    const request = requestOf(this.first);
    const { failures } = await this.load.send([this.first.prepare(request)]);
    for (const status of failures.keys()) throw new Error(`${request.path} was answered ${status}`);
    return this.lastReply;
  }

  /** Finds out whether the server keeps connections open. Until then it is expected to. */
  async learnKeepAlive(): Promise<void> {
    await this.load.learnKeepAlive(this.first.prepare({ method: 'GET', path: '/capabilities' }));
  }

  /** A member's request in a workload. */
  example(workload: Workload, situation: Situation): InnerRequest {
    return workload.request(this.first, 0, situation, this.sodium);
  }

  /** Sends a workload, whose requests members make in turn. The time in which requests are prepared does not count. */
  async run(workload: Workload, extent: Extent, rate?: number): Promise<LoadResult> {
    const { requests, seconds } = { requests: Infinity, seconds: Infinity, ...extent };
    const results: LoadResult[] = [];
    let elapsed = 0;
    for (let start = 0; start < requests && elapsed < seconds; start += this.members.length) {
      const prepared = await this.prepare(workload, start, Math.min(requests, start + this.members.length));
      const result = await this.send(prepared, rate);
      elapsed += result.seconds;
      results.push(result);
    }
    return joined(results);
  }

  /**
   * Sends requests that were prepared before, for runs beside others: to prepare some takes the generator's whole time.
   * @param rate requests per second; as fast as they are answered by default
   */
  send(prepared: readonly PreparedRequest[], rate?: number): Promise<LoadResult> {
    return this.load.send(prepared, rate);
  }

  close(): void {
    this.load.close();
  }

  /**
   * Prepares requests of the members in turn, who have seen what there was until now: clients poll from where they are.
   * @param start the turn of the first request
   * @param end   the turn after the last one
   */
  async prepare(workload: Workload, start: number, end: number): Promise<PreparedRequest[]> {
    const situation = await this.situation();
    const requests: PreparedRequest[] = [];
    for (let index = start; index < end; index++) {
      const member = this.members[index % this.members.length];
      if (member) requests.push(member.prepare(workload.request(member, index, situation, this.sodium)));
    }
    return requests;
  }

  private get first(): Member {
    const [member] = this.members;
    if (!member) throw new Error('A crowd needs members');
    return member;
  }

  private checkReply(sealed: Buffer, sender: Member): void {
    const strings = decodeBencodedStrings(sender.open(sealed));
    const meta = JSON.parse(String(strings?.first)) as { code: number };
    if (meta.code > 299) throw new Error(`A request was answered ${meta.code}: ${String(strings?.second)}`);
    this.lastReply = strings?.second ?? Buffer.alloc(0);
    const refused = REFUSED_IN_BATCH.exec(this.lastReply.toString('latin1'));
    if (refused) throw new Error(`A request in a batch was answered ${refused[1]}`);
  }
}
