import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A cable between a client and a server, such as PostgreSQL, that can be cut, or go dead without either end being told. */
export interface Cable {
  /** The server's URL through this cable. */
  url: string;
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
  const url = new URL(serverUrl);
  let target = targetOf(url);
  const connections = new Set<Connection>();
  let deadFor: string | undefined;

  const server = createServer((near) => {
    const far = connect(target);
    const connection: Connection = { ends: [near, far], startup: Buffer.alloc(0), isSilent: false };
    connections.add(connection);
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
      if (isOf(connection, deadFor)) silence(connection);
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  url.searchParams.delete('host');
  url.host = `${host}:${port}`;

  return {
    url: url.href,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const { ends } of connections) for (const socket of ends) socket.destroy();
      connections.clear();
      await closed;
    },
    goDead: (application = '') => {
      deadFor = application;
      for (const connection of connections) if (isOf(connection, application)) silence(connection);
    },
    leadTo: (newUrl) => {
      target = targetOf(new URL(newUrl));
      for (const { ends } of connections) for (const socket of ends) socket.destroy();
      connections.clear();
    },
    mend: async () => {
      deadFor = undefined;
      if (server.listening) return;
      server.listen(port, host);
      await once(server, 'listening');
    },
  };
}

function targetOf(url: URL): { path: string } | { port: number; host: string } {
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
