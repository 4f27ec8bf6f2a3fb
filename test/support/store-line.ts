import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The direction of bytes: from Plaza to the store, or back. */
export type Direction = 'up' | 'down';

/** A line between Plaza and an object store that can be held in the middle of a transfer, or cut. */
export class StoreLine {
  private readonly sockets = new Set<Socket>();
  private readonly allowed: Record<Direction, number> = { up: Infinity, down: Infinity };
  private readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  private waiting: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  /** Lays a line to the store at an endpoint. */
  static async lay(endpoint: string): Promise<StoreLine> {
    const server = createServer();
    const line = new StoreLine(server, new URL(endpoint));
    server.on('connection', (near) => {
      line.join(near);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return line;
  }

  /** The store's endpoint through this line. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** How many connections Plaza has to the store. */
  get connections(): number {
    return this.sockets.size / 2;
  }

  /** The number of bytes that have gone in a direction so far. */
  bytes(direction: Direction): number {
    return this.passed[direction];
  }

  /** Carries so many more bytes one way, and then none. */
  hold(direction: Direction, bytes: number): void {
    this.allowed[direction] = bytes;
  }

  /** Carries everything again. */
  release(): void {
    this.allowed.up = this.allowed.down = Infinity;
    const { waiting } = this;
    this.waiting = [];
    for (const goOn of waiting) goOn();
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends every connection and the line. */
  async end(): Promise<void> {
    this.server.close();
    this.cut();
    if (this.server.listening) await once(this.server, 'close');
  }

  private join(near: Socket): void {
    const far = connect(Number(this.target.port), this.target.hostname);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    void this.carry(near, far, 'up');
    void this.carry(far, near, 'down');
  }

  private async carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) await this.pass(chunk, to, direction);
      to.end();
    } catch {
      to.destroy();
    }
  }

  private async pass(chunk: Buffer, to: Socket, direction: Direction): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const part = rest.subarray(0, this.allowed[direction]);
      rest = rest.subarray(part.length);
      this.allowed[direction] -= part.length;
      this.passed[direction] += part.length;
      if (part.length > 0 && !to.write(part)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      if (rest.length > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}
