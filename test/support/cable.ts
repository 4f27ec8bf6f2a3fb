import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The address of a server: a socket's path, or a host and a port. */
type Target = { path: string } | { port: number; host: string };

/** A cable between a client and a server, such as PostgreSQL, that can be cut, or go dead without either end being told. */
export interface Cable {
  /** The server's URL through this cable. */
  readonly url: string;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps connections open but carries nothing any more: for all, or for those with an `application_name`. */
  goDead(application?: string): void;
  /** Carries new connections again; those that went dead stay dead. */
  mend(): Promise<void>;
  /** Ends every connection and leads new ones to another server, as an address that moves does. */
  leadTo(serverUrl: string): void;
}

interface Connection {
  ends: [Socket, Socket];
  /** The client's first message, which names its application; empty until then. */
  startup: Buffer;
  /** Whether it carries nothing any more, not even that an end is gone. */
  isSilent: boolean;
}

/**
 * Lays a cable to the server at a URL, be it `postgres://`, `redis://` or `http://`.
 * @param host where its end for clients is
 */
export async function layCable(serverUrl: string, host = '127.0.0.1'): Promise<Cable> {
  const cable = new RelayedCable(new URL(serverUrl), host);
  await cable.listen();
  return cable;
}

class RelayedCable implements Cable {
  private target: Target;
  private readonly connections = new Set<Connection>();
  private readonly server = createServer((near) => {
    this.connect(near);
  });
  private port = 0;
  private deadFor: string | undefined;

  constructor(
    private readonly serverUrl: URL,
    private readonly host: string,
  ) {
    this.target = targetOf(serverUrl);
  }

  async listen(): Promise<void> {
    this.server.listen(this.port, this.host);
    await once(this.server, 'listening');
    ({ port: this.port } = this.server.address() as AddressInfo);
  }

  get url(): string {
    const url = new URL(this.serverUrl);
    url.searchParams.delete('host');
    url.host = `${this.host}:${this.port}`;
    return url.href;
  }

  async cut(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.endAll();
    await closed;
  }

  goDead(application = ''): void {
    this.deadFor = application;
    for (const connection of this.connections) if (isOf(connection, application)) silence(connection);
  }

  async mend(): Promise<void> {
    this.deadFor = undefined;
    if (!this.server.listening) await this.listen();
  }

  leadTo(serverUrl: string): void {
    this.target = targetOf(new URL(serverUrl));
    this.endAll();
  }

  private connect(near: Socket): void {
    const far = connect(this.target);
    const connection: Connection = { ends: [near, far], startup: Buffer.alloc(0), isSilent: false };
    this.connections.add(connection);
    // A killed client's end may be reset, which `pipe` does not pass on: the server would think that the client is still there.
    for (const socket of connection.ends) {
      socket.on('error', () => {
        if (connection.isSilent) socket.destroy();
        else for (const end of connection.ends) end.destroy();
      });
    }
    near.pipe(far).pipe(near);
    near.once('data', (startup: Buffer) => {
      connection.startup = startup;
      if (isOf(connection, this.deadFor)) silence(connection);
    });
  }

  private endAll(): void {
    for (const { ends } of this.connections) for (const socket of ends) socket.destroy();
    this.connections.clear();
  }
}

function targetOf(url: URL): Target {
  const folder = url.searchParams.get('host');
  return folder ? { path: `${folder}/.s.PGSQL.${url.port}` } : { port: Number(url.port), host: url.hostname };
}

function isOf({ startup }: Connection, application: string | undefined): boolean {
  return application !== undefined && startup.includes(application);
}

function silence(connection: Connection): void {
  connection.isSilent = true;
  for (const socket of connection.ends) socket.unpipe().pause();
}
