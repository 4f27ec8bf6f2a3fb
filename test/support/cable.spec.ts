import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cable, layCable } from './cable.js';

describe('a cable', () => {
  let server: Server;
  let cable: Cable;

  beforeEach(async () => {
    server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cable = await layCable(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  afterEach(async () => {
    await cable.cut();
    server.close();
  });

  /** @returns both ends of a connection through the cable that has carried something */
  async function connection(): Promise<{ client: Socket; atServer: Socket }> {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const { hostname, port } = new URL(cable.url);
    const client = connect(Number(port), hostname);
    client.write('hello');
    const [atServer] = await accepted;
    atServer.on('error', () => undefined);
    await once(atServer, 'data');
    return { client, atServer };
  }

  it('tells the server that a client has reset its connection, as when the client is killed', async () => {
    const { client, atServer } = await connection();
    const closed = once(atServer, 'close');
    client.resetAndDestroy();
    await closed;
    expect(atServer.destroyed).toBe(true);
  });

  it('tells the server nothing when it has gone dead', async () => {
    const { client, atServer } = await connection();
    cable.goDead();
    client.resetAndDestroy();
    await sleep(200);
    expect(atServer.destroyed).toBe(false);
    atServer.destroy();
  });
});
