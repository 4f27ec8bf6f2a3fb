import { once } from 'node:events';
import { createServer } from 'node:net';
import { postToWeb, type Resolve } from '../../src/operation/webhooks/web-request.js';
import { eventually } from '../support/eventually.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { Receiver } from './receiver.js';

const REQUEST = { headers: {}, body: 'hello' };

describe('addresses of webhooks', () => {
  let receiver: Receiver;
  let port: string;

  beforeAll(async () => {
    receiver = await Receiver.open();
    ({ port } = new URL(receiver.url));
  });

  afterAll(() => receiver.close());

  describe('without leave to reach the own network', () => {
    let server: OpenServer;

    beforeAll(async () => {
      server = await openServer({ heldClock: true });
      await server.runJob('webhooks');
    });

    afterAll(() => server.stop());

    it.each([
      'http://chat.example.org/',
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://0/',
      'https://10.1.2.3/',
      'https://169.254.169.254/latest/meta-data',
      'https://100.64.0.1/',
      'https://[::1]/',
      'https://[::ffff:127.0.0.1]/',
      'https://[::ffff:a9fe:a9fe]/',
      'https://[fd00:ec2::254]/',
      'https://[fe80::1]/',
      'https://224.0.0.1/',
    ])('%s is refused at once', async (url) => {
      const { code, stderr } = await server.plaza('webhook', 'add', url);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^plaza: it|^plaza: its address/)]);
    });

    it('a name of this machine is refused when it is connected to', async () => {
      const add = await server.plaza('webhook', 'add', `https://localhost:${port}/`, '--json');
      const { id } = JSON.parse(add.stdout) as { id: number };
      const { code, stderr } = await server.plaza('webhook', 'test', String(id));
      expect([code, stderr]).toEqual([1, expect.stringContaining('in the server’s own network')]);
      await server.plaza('raid', 'on', '--room', 'lobby');
      await server.plaza('room', 'set', 'lobby', '--defence', 'on');
      await eventually(async () => {
        await server.runJob('webhooks');
        const [row] = await server.sql('SELECT failure FROM webhooks');
        return String(row?.failure).includes('in the server’s own network');
      });
      expect(receiver.received).toEqual([]);
    });
  });

  it('are judged by the meaning of a name for this very connection, so a name that changes reaches nothing', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1', '::1', '::ffff:127.0.0.1'], []];
    const asked: string[] = [];
    const resolve: Resolve = (name) => {
      asked.push(name);
      const addresses = answers[asked.length - 1] ?? [];
      return Promise.resolve(
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    const url = `https://rebound.example:${port}/`;
    const attempt = (): Promise<number> => postToWeb({ url, ...REQUEST }, { allowsPrivate: false, resolve });
    await expect(attempt()).rejects.toThrow('own network');
    await expect(attempt()).rejects.toThrow('own network');
    await expect(attempt()).rejects.toThrow('its name has no address');
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'rebound.example'));
    expect(receiver.received).toEqual([]);
  });

  it('are reached by a private address among public ones only where that is allowed', async () => {
    const resolve: Resolve = () =>
      Promise.resolve([
        { address: '192.0.2.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    const url = `https://mixed.example:${port}/`;
    await expect(postToWeb({ url, ...REQUEST }, { allowsPrivate: false, resolve })).rejects.toThrow(
      'own network',
    );
  });

  it('need no encryption in the own network alone', async () => {
    const resolve: Resolve = () => Promise.resolve([{ address: '1.1.1.1', family: 4 }]);
    const reach = { allowsPrivate: true, resolve };
    await expect(postToWeb({ url: 'http://far.example/', ...REQUEST }, reach)).rejects.toThrow('https://');
    await expect(postToWeb({ url: 'http://1.1.1.1/', ...REQUEST }, reach)).rejects.toThrow('https://');
    expect(await postToWeb({ url: receiver.url, ...REQUEST }, reach)).toBe(204);
  });

  it('that redirect elsewhere are not followed', async () => {
    receiver.received.length = 0;
    receiver.answer = (response) => {
      response.writeHead(307, { location: `${receiver.url}/inside` }).end();
    };
    expect(await postToWeb({ url: receiver.url, ...REQUEST }, { allowsPrivate: true })).toBe(307);
    expect(receiver.received.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('that answer without an end are not read for long', async () => {
    let isHungUpOn = false;
    receiver.answer = (response) => {
      response.once('close', () => (isHungUpOn = true));
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(1024), more);
      };
      more();
    };
    expect(await postToWeb({ url: receiver.url, ...REQUEST }, { allowsPrivate: true })).toBe(200);
    await eventually(() => isHungUpOn);
  });

  it('that accept connections and say nothing are given up', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
    await expect(postToWeb({ url, ...REQUEST }, { allowsPrivate: true })).rejects.toThrow(
      'no answer came within 10 seconds',
    );
    silent.close();
  });
});
