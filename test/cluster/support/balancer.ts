import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two health checks of a machine, and for which its answer is awaited. */
const BETWEEN_LOOKS = 200;
const LOOK_PATIENCE = 2_000;

/** A balancer as operators put one before machines: it gives each new connection to the next one that is ready. */
export class Balancer {
  private readonly ready = new Set<string>();
  private readonly sockets = new Set<Socket>();
  private readonly stopping = new AbortController();
  private readonly server = createServer((client) => {
    this.pass(client);
  });
  private looking: Promise<unknown> = Promise.resolve();
  private next = 0;

  private constructor(private readonly urls: readonly string[]) {}

  /** @param urls of the machines */
  static async start(urls: readonly string[]): Promise<Balancer> {
    const balancer = new Balancer(urls);
    balancer.server.listen(0, '127.0.0.1');
    await once(balancer.server, 'listening');
    balancer.looking = Promise.all(urls.map((url) => balancer.watch(url)));
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Whether it gives connections to a machine. */
  isReady(url: string): boolean {
    return this.ready.has(url);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await this.looking;
  }

  private async watch(url: string): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        const { status } = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(LOOK_PATIENCE) });
        if (status === 200) this.ready.add(url);
        else this.ready.delete(url);
      } catch {
        this.ready.delete(url);
      }
      await sleep(BETWEEN_LOOKS, undefined, { signal }).catch(() => undefined);
    }
  }

  private pass(client: Socket): void {
    const ready = this.urls.filter((url) => this.ready.has(url));
    const target = ready[this.next++ % Math.max(1, ready.length)];
    if (target === undefined) {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const machine = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, machine],
      [machine, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
