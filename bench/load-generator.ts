import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Member, type PreparedRequest } from './prepared-request.js';

/** The result of a run. Latencies in milliseconds, sorted. */
export interface LoadResult {
  requests: number;
  seconds: number;
  latencies: Float64Array;
  /** HTTP statuses other than 200, counted. */
  failures: Map<number, number>;
}

/** Where a server listens for HTTP. */
export interface Address {
  host: string;
  port: number;
}

/** Called with some of the replies, so that a run of refusals is not taken for a fast server. */
export type ReplyCheck = (body: Buffer, sender: Member) => void;

const CHECK_EVERY = 50;
/** Milliseconds within which a server that closes connections after an answer has closed one. */
const CLOSING_MS = 200;

/** One connection that sends a request, waits for its whole reply and reports the two moments. */
class Connection {
  private received: Buffer[] = [];
  private expected = -1;
  private size = 0;
  private done: ((reply: { status: number; body: Buffer }) => void) | undefined;
  private failed: ((error: Error) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.receive(chunk);
    });
    socket.on('error', (error) => this.failed?.(error));
    socket.on('close', () => this.failed?.(new Error('The server closed a connection')));
  }

  static open(address: Address): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ ...address, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  send(request: Buffer): Promise<{ status: number; body: Buffer }> {
    return new Promise((resolve, reject) => {
      this.done = resolve;
      this.failed = reject;
      this.socket.write(request);
    });
  }

  /** Whether the server closes the connection within so many milliseconds. */
  async endsWithin(limit: number): Promise<boolean> {
    const end = performance.now() + limit;
    while (!this.socket.destroyed && performance.now() < end) await sleep(5);
    return this.socket.destroyed;
  }

  close(): void {
    this.failed = undefined;
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.received.push(chunk);
    this.size += chunk.length;
    if (this.expected < 0) {
      const start = this.received.length === 1 ? chunk : Buffer.concat(this.received);
      this.received = [start];
      const headEnd = start.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = /content-length: (\d+)/i.exec(start.toString('latin1', 0, headEnd));
      if (!length) throw new Error('A reply has no content-length');
      this.expected = headEnd + 4 + Number(length[1]);
    }
    if (this.size < this.expected) return;
    const reply = this.received.length === 1 ? (this.received[0] ?? chunk) : Buffer.concat(this.received);
    const status = Number(reply.toString('latin1', 9, 12));
    const body = reply.subarray(reply.indexOf('\r\n\r\n') + 4);
    this.received = [];
    this.size = 0;
    this.expected = -1;
    this.done?.({ status, body });
  }
}

/** Sends prepared requests over connections that stay open for as long as the server lets them. */
export class LoadGenerator {
  private connections: Connection[] = [];
  private keepsAlive = true;

  /**
   * @param addresses over which connections are spread
   * @param count     of connections at a time
   */
  constructor(
    private readonly addresses: readonly Address[],
    private readonly count: number,
    private readonly check: ReplyCheck,
  ) {}

  /**
   * Finds out with a request whether the server ends a connection after its answer. If so, every later request gets a
   * connection of its own, and its latency includes the opening.
   */
  async learnKeepAlive(request: PreparedRequest): Promise<void> {
    const connection = await Connection.open(this.addressOf(0));
    await connection.send(request.bytes);
    this.keepsAlive = !(await connection.endsWithin(CLOSING_MS));
    connection.close();
  }

  /**
   * Sends each request once.
   * @param rate requests per second at which they are due, latency counting from then; undefined: as fast as answered
   */
  async send(requests: readonly PreparedRequest[], rate?: number): Promise<LoadResult> {
    const latencies = new Float64Array(requests.length);
    const failures = new Map<number, number>();
    let next = 0;
    // Garbage of preparing the requests would be collected while latencies are measured.
    globalThis.gc?.();
    const start = performance.now();
    const work = async (slot: number): Promise<void> => {
      for (let index = next++; index < requests.length; index = next++) {
        const request = requests[index];
        if (!request) return;
        const due = rate === undefined ? performance.now() : start + (index * 1000) / rate;
        await until(due);
        const connection = await this.connection(slot);
        const { status, body } = await connection.send(request.bytes);
        latencies[index] = performance.now() - due;
        if (status !== 200) failures.set(status, (failures.get(status) ?? 0) + 1);
        else if (index % CHECK_EVERY === 0) this.check(body, request.sender);
      }
    };
    await Promise.all(Array.from({ length: this.count }, (_, slot) => work(slot)));
    const seconds = (performance.now() - start) / 1000;
    return { requests: requests.length, seconds, latencies: latencies.sort(), failures };
  }

  close(): void {
    this.connections.splice(0).forEach((connection) => {
      connection.close();
    });
  }

  private async connection(slot: number): Promise<Connection> {
    const open = this.connections[slot];
    if (open && this.keepsAlive) return open;
    open?.close();
    return (this.connections[slot] = await Connection.open(this.addressOf(slot)));
  }

  private addressOf(slot: number): Address {
    const address = this.addresses[slot % this.addresses.length];
    if (!address) throw new Error('There is nowhere to send requests to');
    return address;
  }
}

/** Joins the results of several runs, one after the other, into one. */
export function joined(results: readonly LoadResult[]): LoadResult {
  const failures = new Map<number, number>();
  for (const [status, count] of results.flatMap((result) => [...result.failures])) {
    failures.set(status, (failures.get(status) ?? 0) + count);
  }
  return {
    requests: results.reduce((sum, { requests }) => sum + requests, 0),
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    latencies: Float64Array.from(results.flatMap(({ latencies }) => [...latencies])).sort(),
    failures,
  };
}

function until(due: number): Promise<void> | undefined {
  const wait = due - performance.now();
  return wait < 1 ? undefined : sleep(wait);
}

/** The latency, in milliseconds, that `share` of the requests did not exceed. */
export function percentile(latencies: Float64Array, share: number): number {
  return latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
}
