import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.js';
import { Premises } from '../support/plaza-process.js';

let premises: Premises;

beforeEach(async () => {
  premises = await Premises.make();
});

afterEach(() => premises.clear());

function lines(text: string): string[] {
  return text.split('\n').filter(Boolean);
}

function jsonLines(text: string): Record<string, unknown>[] {
  return lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a start that goes well', () => {
  it('answers on the announced address, with all its workers, until it is told to stop', async () => {
    const server = premises.start({ WORKERS: '2' });
    const url = await server.url();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await server.workers()).toHaveLength(2);
    for (const check of ['live', 'ready']) {
      const response = await fetch(`${url}/health/${check}`);
      expect(response.status).toBe(200);
    }
    const { code } = await server.end('SIGTERM');
    expect(code).toBe(0);
    expect(existsSync(join(premises.dataDir, 'server.json'))).toBe(false);
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  });

  it('welcomes the operator the first time, and says it in one line later', async () => {
    const first = premises.start();
    const url = await first.url();
    const { stdout, stderr } = await first.end('SIGINT');
    const publicKey = jsonLines(stdout).find((line) => line.publicKey)?.publicKey as string;
    expect(publicKey).toMatch(/^[0-9a-f]{64}$/);
    const community = `${url}/lobby?public_key=${publicKey}`;
    expect(stderr).toContain(`    ${community}\n`);
    expect(stderr).toMatch(/█{20}/);
    expect(stderr).toContain(`Public key  ${publicKey}\n`);
    expect(stderr).toContain('/bin/plaza.js mod add <05…> --global --admin\n');

    const second = premises.start({ PORT: new URL(url).port });
    expect(await second.url()).toBe(url);
    const later = await second.end('SIGINT');
    expect(later.stderr).toBe('');
    expect(jsonLines(later.stdout).map(({ msg }) => msg)).toEqual([
      `Plaza is open: ${community}`,
      expect.stringMatching(/^PUBLIC_URL is http:\/\/127\.0\.0\.1:\d+, which leads nowhere from outside/),
      'Plaza is stopping',
    ]);
  });

  it('stops with the npm that started it, which passes no signal on', async () => {
    const main = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url));
    // As npm has it: the shell between is gone as soon as npm is.
    const npm = spawn('sh', ['-c', `"${process.execPath}" "${main}"; true`], {
      cwd: premises.dataDir,
      env: {
        PATH: process.env.PATH,
        DATA_DIR: premises.dataDir,
        DATABASE_URL: premises.database.url,
        WORKERS: '1',
        PORT: '0',
        npm_lifecycle_event: 'start',
      },
      stdio: 'ignore',
    });
    const file = join(premises.dataDir, 'server.json');
    await eventually(() => existsSync(file));
    npm.kill('SIGKILL');
    await eventually(() => !existsSync(file));
  });

  it('makes no room when FIRST_ROOM is empty', async () => {
    const server = premises.start({ FIRST_ROOM: '' });
    expect(await (await fetch(`${await server.url()}/rooms`)).json()).toEqual([]);
    expect(server.stdout).toContain('has no room yet: node ');
  });

  it('makes a key that only its owner may read', async () => {
    const keyFile = join(premises.dataDir, 'keys', 'server');
    const server = premises.start({ SERVER_KEY_FILE: keyFile });
    await server.url();
    expect(statSync(keyFile).size).toBe(32);
    expect(statSync(keyFile).mode & 0o777).toBe(0o400);
  });

  it('reads .env in its working directory, and warns about a misspelt setting in it', async () => {
    writeFileSync(join(premises.dataDir, '.env'), 'WORKERS=2\nPOST_RATE_LIMITS=3\n');
    const server = premises.start({ WORKERS: '', PUBLIC_URL: 'http://chat.example.org' });
    await server.url();
    expect(await server.workers()).toHaveLength(2);
    const warnings = jsonLines(server.stdout).filter(({ level }) => level === 'warn');
    expect(warnings.map(({ msg }) => msg)).toEqual([
      'POST_RATE_LIMITS is not a setting of Plaza and has no effect; did you mean POST_RATE_LIMIT?',
    ]);
  });
});

describe('a start that can not go on ends with 1 and one line', () => {
  async function refusal(env: Record<string, string>): Promise<string> {
    const { code, stdout, stderr } = await premises.start(env).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(existsSync(join(premises.dataDir, 'server.json'))).toBe(false);
    return stderr;
  }

  it('when a setting is wrong', async () => {
    expect(await refusal({ PORT: 'eighty' })).toBe(
      'plaza: PORT is "eighty" but must be a whole number from 0 to 65535\n',
    );
  });

  it('when others could read the server key', async () => {
    const keyFile = join(premises.dataDir, 'key_x25519');
    writeFileSync(keyFile, Buffer.alloc(32, 7), { mode: 0o644 });
    expect(await refusal({})).toBe(
      `plaza: The server key ${keyFile} is open to other users (mode 0644): run chmod 400 ${keyFile}\n`,
    );
  });

  it('when the database can not be reached, without its password', async () => {
    const unreachable = 'postgres://plaza:hunter2@127.0.0.1:1/plaza';
    expect(await refusal({ DATABASE_URL: unreachable })).toBe(
      "plaza: The database postgres://plaza:***@127.0.0.1:1/plaza can't be opened: " +
        'nothing answers at 127.0.0.1:1\n',
    );
  });

  it('when another program has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      expect(await refusal({ PORT: String(port), WORKERS: '2' })).toBe(
        `plaza: Another program listens on port ${port} of 127.0.0.1: set PORT to a free one\n`,
      );
    } finally {
      other.close();
    }
  });
});
