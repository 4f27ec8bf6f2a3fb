import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * A free TCP port of the host that this machine won't hand to anyone else for a while, though we may listen on it: a
 * connection that the port's own side closed first keeps it in TIME_WAIT, which only bars automatic choice.
 * It must be known before the workers start, because the community URL holds it and all of them share it.
 */
export async function reservePort(host: string): Promise<number> {
  const server = createServer((socket) => {
    socket.end();
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, host);
  client.resume();
  await once(client, 'close');
  server.close();
  await once(server, 'close');
  return port;
}
