import { existsSync } from 'node:fs';
import { Actors } from './actors.js';
import { startServer, type TestServer } from './server.js';

describe('the harness of a test server', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(async () => {
    await server.stop();
  });

  it('learns the address and the key of a server that is ready', async () => {
    expect((await server.client(undefined, 'plain').get('/health/ready')).status).toBe(200);
    const { code, stdout } = await server.plaza('info', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ public_key: server.publicKey, public_url: server.url });
  });

  it('returns how a command failed', async () => {
    const { code, stderr } = await server.plaza('no-such-command');
    expect(code).toBe(2);
    expect(stderr).not.toBe('');
    await expect(server.addRoom('not a token')).rejects.toThrow('plaza room add not a token');
  });

  it('runs a command in this process as a process of its own would', async () => {
    for (const args of [
      ['room', 'list', '--json'],
      ['room', 'add', 'lobby'],
      ['--version'],
      ['mod', 'add'],
    ]) {
      // Hints name the command as it is run from the working directory, and these two differ.
      const [here, there] = [await server.plaza(...args), await server.plazaProcess(...args)].map(
        ({ stderr, ...others }) => ({ ...others, stderr: stderr.replace(/; .* (?=mod add --help)/, '') }),
      );
      expect(here).toEqual(there);
    }
  });

  it('queries the database that the server uses', async () => {
    const tables = await server.sql('SELECT to_regclass($1) IS NOT NULL AS there', ['rooms']);
    expect(tables).toEqual([{ there: true }]);
  });

  it('restarts a killed server on its port, with its key and its database', async () => {
    const { url, publicKey, pid } = server;
    const client = server.client(undefined, 'plain');
    await client.get('/health/ready');
    await server.kill('SIGKILL');
    await expect(client.get('/health/ready')).rejects.toThrow('ECONNREFUSED');
    await server.restart();
    expect(server).toMatchObject({ url, publicKey });
    expect(server.pid).not.toBe(pid);
    expect((await client.get('/health/ready')).status).toBe(200);
  });

  it('says why a server can’t start', async () => {
    const refused = startServer({ env: { WORKERS: 'many' } });
    await expect(refused).rejects.toThrow(/the server ended while starting[^]*WORKERS/);
  });

  it('leaves no database and no data folder behind', async () => {
    const other = await startServer();
    const [database] = await other.sql('SELECT current_database() AS name');
    const remaining = 'SELECT datname AS name FROM pg_database WHERE datname = $1';
    expect(await server.sql(remaining, [database?.name])).toEqual([database]);
    await other.stop();
    expect(await server.sql(remaining, [database?.name])).toEqual([]);
    expect(existsSync(other.dataDir)).toBe(false);
  });

  it('knows each actor by one key, whoever asks', () => {
    const actors = new Actors(server, 'lobby', 'plain');
    expect(actors.alice).toBe(actors.person('alice'));
    expect(actors.alice.id).toMatch(/^15[0-9a-f]{64}$/);
    expect(actors.bob.id).not.toBe(actors.alice.id);
    expect(actors.crowd(3).map(({ sessionId }) => sessionId)).toEqual(
      new Actors(server).crowd(3).map(({ sessionId }) => sessionId),
    );
    expect(() => actors.anonymous.id).toThrow('anonymous');
  });
});
