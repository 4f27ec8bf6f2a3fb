import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as commands from '../../src/foundation/config/plaza-command.js';
import { compiled } from '../support/compiled.js';
import { type Ended, Premises } from '../support/plaza-process.js';
import { installServer, type TestServer } from '../support/server.js';

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(manifest) as { version: string };
const PLAZA = fileURLToPath(new URL('../../bin/plaza.js', import.meta.url));
let premises: Premises;

beforeEach(async () => {
  premises = await Premises.make();
});

afterEach(() => premises.clear());

describe('plaza config', () => {
  it('shows every setting with value, source and help, passwords masked', async () => {
    writeFileSync(join(premises.dataDir, '.env'), 'LOG_LEVEL=warn\n');
    const database = 'postgres://plaza:hunter2@db.example.org/plaza';
    const { code, stdout, stderr } = await premises.plaza(['config'], { DATABASE_URL: database });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('PORT=8080  (default)\n    TCP port to listen on; 0 takes any free one.\n');
    expect(stdout).toContain('LOG_LEVEL=warn  (.env)\n');
    expect(stdout).toContain('DATABASE_URL=postgres://plaza:***@db.example.org/plaza  (environment)\n');
    expect(stdout).not.toContain('hunter2');
  });

  it('prints JSON and nothing else, with warnings apart', async () => {
    const { code, stdout, stderr } = await premises.plaza(['config', '--json'], {
      WORKERS: '3',
      PLAZA_PORT: '80',
    });
    const entries = JSON.parse(stdout) as { name: string; value: unknown; source: string; help: string }[];
    expect(code).toBe(0);
    expect(entries.find(({ name }) => name === 'WORKERS')).toMatchObject({
      value: 3,
      source: 'environment',
    });
    expect(stderr).toBe(
      'plaza: PLAZA_PORT is not a setting of Plaza and has no effect; did you mean PORT?\n',
    );
  });

  it('ends with 1 and one line when a setting is wrong', async () => {
    expect(await premises.plaza(['config', '--json'], { LOG_LEVEL: 'loud' })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'plaza: LOG_LEVEL is "loud" but must be one of fatal, error, warn, info, debug, trace, silent\n',
    });
  });
});

describe('plaza info', () => {
  it.each([[['info']], [['room', 'list']], [['backup', 'copy.tar']], [['files', 'move', '--to', 'local']]])(
    'says where it looked when the folder has no community, and founds none (%j)',
    async (args) => {
      const ended = await premises.plaza(args, { DATABASE_URL: '' });
      expect(ended).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr).toMatch(
        /^plaza: there is no community here: no (server key|database) .*, and there is no .*\.env\. Go where it is, or found one: .* start\n$/,
      );
      expect(readdirSync(premises.dataDir)).toEqual([]);
    },
  );

  it('says so, too, when the folder has a key alone', async () => {
    writeFileSync(join(premises.dataDir, 'key_x25519'), Buffer.alloc(32, 7), { mode: 0o400 });
    const { code, stderr } = await premises.plaza(['room', 'list'], { DATABASE_URL: '' });
    expect(code).toBe(1);
    expect(stderr).toContain(`there is no community here: no database in ${premises.dataDir}, and`);
    expect(readdirSync(premises.dataDir)).toEqual(['key_x25519']);
  });

  it('shows the key, URL and version of a running server, also when it chose its port', async () => {
    const server = premises.start();
    const url = await server.url();
    const { code, stdout } = await premises.plaza(['info', '--json'], { PORT: '0' });
    expect(code).toBe(0);
    const info = JSON.parse(stdout) as Record<string, string>;
    const publicKey = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    expect(info).toEqual({ public_key: publicKey, public_url: url, version });
    const text = await premises.plaza(['info'], { PUBLIC_URL: 'https://chat.example.org' });
    expect(text.stdout).toBe(
      `public_key: ${info.public_key ?? ''}\npublic_url: https://chat.example.org\nversion: ${version}\n`,
    );
  });
});

describe('wrong usage ends with 2 and one line', () => {
  let community: TestServer;

  beforeAll(async () => {
    community = await installServer();
  });

  afterAll(() => community.stop());

  it.each<[string[], string]>([
    [[], 'which command? plaza --help lists them'],
    [['confg'], "unknown command 'confg'; did you mean config? plaza --help says more"],
    [['room'], 'which command? plaza room --help lists them'],
    [['room', 'sett'], "unknown command 'sett'; did you mean set? plaza room --help says more"],
    [['mod', 'add'], "missing required argument 'ids'; plaza mod add --help says more"],
    [['room', 'set', '--room'], '--room takes the token of a room; plaza --help says more'],
    [['info', '--yaml'], "unknown option '--yaml'; plaza info --help says more"],
    [
      ['info', 'extra'],
      "too many arguments for 'info'. Expected 0 arguments but got 1; plaza info --help says more",
    ],
  ])('%j', async (args, problem) => {
    const { plazaCommand } = await compiled<typeof commands>('foundation/config/plaza-command.js');
    const said = problem.replace(/plaza (?=(?:\w+ )*--help)/, plazaCommand(''));
    expect(await community.plaza(...args)).toEqual({ code: 2, stdout: '', stderr: `plaza: ${said}\n` });
  });

  it('in a process of its own, too, in the form of a checkout for a command that is run elsewhere', async () => {
    const ended: Ended = {
      code: 2,
      stdout: '',
      stderr: `plaza: unknown command 'confg'; did you mean config? node ${PLAZA} --help says more\n`,
    };
    expect(await premises.plaza(['confg'])).toEqual(ended);
  });
});

it('the command succeeds when it is asked for its version or for help', async () => {
  expect(await premises.plaza(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  const help = await premises.plaza(['--help']);
  expect(help.code).toBe(0);
  expect(help.stdout).toContain('Usage: plaza');
});
