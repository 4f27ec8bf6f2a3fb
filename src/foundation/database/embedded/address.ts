import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { DATABASE_NAME, type EmbeddedInstance } from './instance.js';
import { type ListenAddress, SOCKET_PORT } from './postmaster-file.js';

/** Bytes of a socket's path that every system takes: macOS has 104 with the closing zero, Linux 108. */
const LONGEST_SOCKET_PATH = 103;

/**
 * A socket in the database's own folder: no port to fight over, and other users of the machine cannot knock.
 * A free port of 127.0.0.1 where the path is too long or the file system has no sockets (some container mounts).
 */
export async function chooseAddress(instance: EmbeddedInstance): Promise<ListenAddress> {
  const { socketFolder } = instance;
  const longest = join(socketFolder, `.s.PGSQL.${SOCKET_PORT}`);
  if (Buffer.byteLength(longest) <= LONGEST_SOCKET_PATH) {
    const probe = await listen({ path: join(socketFolder, `.probe-${randomBytes(3).toString('hex')}`) });
    if (probe) {
      await close(probe);
      return { socketFolder };
    }
  }
  const probe = await listen({ port: 0, host: '127.0.0.1' });
  if (!probe) throw new Error('No free port on 127.0.0.1');
  const { port } = probe.address() as AddressInfo;
  await close(probe);
  return { port };
}

/** Command-line flags that make PostgreSQL listen at `address` and nowhere else. */
export function listenFlags(address: ListenAddress): string[] {
  if ('port' in address) {
    return ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-p', String(address.port)];
  }
  // The setting is a list: quotes keep a comma in the path from ending it.
  const folder = `"${address.socketFolder.replaceAll('"', '""')}"`;
  return ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${folder}`, '-p', String(SOCKET_PORT)];
}

/** Connection URL with the password in it; node-postgres and libpq both prefer the `host` parameter, the socket. */
export function embeddedDatabaseUrl(
  instance: EmbeddedInstance,
  address: ListenAddress,
  database = DATABASE_NAME,
): string {
  const url = new URL(`postgres://127.0.0.1/${database}`);
  url.username = DATABASE_NAME;
  url.password = instance.password;
  if ('port' in address) {
    url.port = String(address.port);
  } else {
    url.hostname = 'localhost';
    url.port = String(SOCKET_PORT);
    // Not by searchParams: it writes a space as +, which libpq would take for a plus.
    url.search = `?host=${encodeURIComponent(address.socketFolder)}`;
  }
  return url.href;
}

function listen(at: { path: string } | { port: number; host: string }): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(at, () => {
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
