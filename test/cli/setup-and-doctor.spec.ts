import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Premises } from '../support/plaza-process.js';

const ADMIN = `05${'ab'.repeat(32)}`;
/** Without these, the settings are those of the file alone. */
const FROM_FILE = { DATA_DIR: '', DATABASE_URL: '' };

let premises: Premises;
let file: string;

beforeAll(async () => {
  premises = await Premises.make({ migrated: true });
  file = join(premises.dataDir, '.env');
  writeFileSync(file, `# ours\nDATA_DIR=${premises.dataDir}\nDATABASE_URL=${premises.database.url}\n`);
});

afterAll(() => premises.clear());

describe('plaza setup', () => {
  it('asks a program nothing, and says which flag is missing', async () => {
    const { code, stdout, stderr } = await premises.plaza(['setup'], FROM_FILE);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('give --url ADDRESS');
  });

  it('refuses an address that clients refuse, and writes nothing', async () => {
    const before = readFileSync(file, 'utf8');
    const ended = await premises.plaza(['setup', '--url', 'http://localhost:8080'], FROM_FILE);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain('a host without a dot');
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each([
    [['--database', 'mysql://db/plaza'], 'DATABASE_URL is'],
    [['--port', '99999'], 'PORT is "99999"'],
  ])('tries settings before it writes any (%j)', async (args, reason) => {
    const before = readFileSync(file, 'utf8');
    const ended = await premises.plaza(['setup', '--url', 'http://192.0.2.7', ...args], FROM_FILE);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain(reason);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('writes settings and makes the key, the rooms and the admin, and changes nothing the second time', async () => {
    const args = ['setup', '--url', 'https://chat.example.org', '--room', 'lobby', '--room', 'garden'];
    const first = await premises.plaza([...args, '--admin', ADMIN, '--json'], FROM_FILE);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const { public_key: key, ...told } = JSON.parse(first.stdout) as { public_key: string };
    expect(told).toEqual({
      settings: file,
      rooms: ['lobby', 'garden'].map((room) => `https://chat.example.org/${room}?public_key=${key}`),
    });
    expect(readFileSync(file, 'utf8')).toBe(
      `# ours\nDATA_DIR=${premises.dataDir}\nDATABASE_URL=${premises.database.url}\n` +
        'PUBLIC_URL=https://chat.example.org\nHOST=127.0.0.1\nPORT=8080\nFIRST_ROOM=lobby\n',
    );
    expect(statSync(join(premises.dataDir, 'key_x25519')).mode & 0o777).toBe(0o400);
    const staff = await premises.plaza(['mod', 'list'], FROM_FILE);
    expect(staff.stdout).toContain(`${ADMIN}\tadmin, hidden`);

    const second = await premises.plaza([...args, '--admin', ADMIN, '--json'], FROM_FILE);
    expect(second).toEqual(first);
  });

  it('does not let the environment contradict the settings that it writes', async () => {
    const ended = await premises.plaza(['setup', '--url', 'https://chat.example.org'], {
      ...FROM_FILE,
      PORT: '81',
    });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('PORT is set in the environment, which wins over the file');
  });
});

describe('plaza doctor', () => {
  it('finds that the server does not run and that its address leads nowhere', async () => {
    const { code, stdout, stderr } = await premises.plaza(['doctor', '--json'], {
      PUBLIC_URL: 'http://127.0.0.1:8080',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^plaza: \d things to do\n$/);
    const findings = JSON.parse(stdout) as { about: string; state: string; todo?: string }[];
    const states = new Map(findings.map(({ about, state }) => [about, state]));
    expect(states.get('address')).toBe('problem');
    expect(states.get('server')).toBe('problem');
    expect(states.get('key')).toBe('good');
    expect(states.get('disk')).toBeDefined();
    for (const { state, todo } of findings) if (state === 'problem') expect(todo).toBeDefined();
  });

  it('says that the folder has no community', async () => {
    const other = await Premises.make();
    try {
      const { code, stdout } = await other.plaza(['doctor'], { DATABASE_URL: '' });
      expect(code).toBe(1);
      expect(stdout).toContain('!!  key: there is none at ');
      expect(stdout).toContain('!!  database: there is no community here');
    } finally {
      await other.clear();
    }
  });
});
