import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A cable between a client and PostgreSQL that can be cut, or go dead without either end being told. */
export interface Cable {
  /** The database's URL through this cable. */
  url: string;
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Keeps connections open but carries nothing any more. */
  goDead(): void;
  /** Carries new connections again; those that went dead stay dead. */
  mend(): Promise<void>;
}

/** Lays a cable to the database at `databaseUrl`. */
export async function layCable(databaseUrl: string): Promise<Cable> {
  const url = new URL(databaseUrl);
  const folder = url.searchParams.get('host');
  const target = folder
    ? { path: `${folder}/.s.PGSQL.${url.port}` }
    : { port: Number(url.port), host: url.hostname };
  const sockets = new Set<Socket>();
  let isDead = false;

  const server = createServer((near) => {
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    near.pipe(far).pipe(near);
    if (isDead) near.unpipe(far);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  url.searchParams.delete('host');
  url.host = `127.0.0.1:${port}`;

  return {
    url: url.href,
    cut: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      sockets.clear();
      await closed;
    },
    goDead: () => {
      isDead = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: async () => {
      isDead = false;
      if (server.listening) return;
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
