import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings, type LoadedSettings } from './load-settings.js';
import { SettingsError } from './settings-error.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plaza-settings-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function load(environment: Record<string, string> = {}, dotenv?: string): LoadedSettings {
  if (dotenv !== undefined) writeFileSync(join(folder, '.env'), dotenv);
  return loadSettings({ environment, folder });
}

function refusal(environment: Record<string, string>, dotenv?: string): string {
  try {
    load(environment, dotenv);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('The settings were accepted');
}

describe('settings that are not given', () => {
  it('take the defaults of the fixed names', () => {
    const { settings } = load();
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      publicUrl: 'http://127.0.0.1:8080',
      dataDir: join(folder, 'data'),
      serverKeyFile: join(folder, 'data/key_x25519'),
      requireBlindedIds: true,
      logLevel: 'info',
      firstRoom: 'lobby',
    });
    expect(settings.databaseUrl).toBeUndefined();
    expect(settings.redisUrl).toBeUndefined();
    expect(settings.workers).toBeGreaterThanOrEqual(1);
  });

  it('follow the settings from which they are derived', () => {
    const { settings } = load({ HOST: '192.0.2.7', PORT: '81', DATA_DIR: '/srv/plaza' });
    expect(settings.publicUrl).toBe('http://192.0.2.7:81');
    expect(settings.serverKeyFile).toBe('/srv/plaza/key_x25519');
  });

  it.each([
    ['::1', 'http://[::1]:8080'],
    ['0.0.0.0', 'http://localhost:8080'],
    ['::', 'http://localhost:8080'],
  ])('make the public URL of host %s %s', (host, publicUrl) => {
    expect(load({ HOST: host }).settings.publicUrl).toBe(publicUrl);
  });

  it('include settings whose text is empty, except where an empty text means none', () => {
    const { settings } = load({ PORT: '', LOG_LEVEL: '', FIRST_ROOM: '', DATABASE_URL: '' });
    expect(settings.port).toBe(8080);
    expect(settings.logLevel).toBe('info');
    expect(settings.firstRoom).toBeUndefined();
    expect(settings.databaseUrl).toBeUndefined();
  });
});

describe('settings that are given', () => {
  it('come from the environment before .env', () => {
    const { settings, entries } = load({ PORT: '9000' }, 'PORT=9001\nLOG_LEVEL=warn # less\n');
    expect(settings.port).toBe(9000);
    expect(settings.logLevel).toBe('warn');
    const sources = new Map(entries.map(({ name, source }) => [name, source]));
    expect(sources.get('PORT')).toBe('environment');
    expect(sources.get('LOG_LEVEL')).toBe('.env');
    expect(sources.get('HOST')).toBe('default');
  });

  it.each(['true', 'TRUE', 'yes', 'on', '1'])('read %s as true', (text) => {
    expect(load({ REQUIRE_BLINDED_IDS: text }).settings.requireBlindedIds).toBe(true);
  });

  it.each(['false', 'False', 'no', 'off', '0'])('read %s as false', (text) => {
    expect(load({ REQUIRE_BLINDED_IDS: text }).settings.requireBlindedIds).toBe(false);
  });

  it('may be a list, which may be empty', () => {
    const list = '10.0.0.0/8, 2001:db8::1,uniquelocal';
    const { settings, entries } = load({ TRUSTED_PROXIES: list });
    expect(settings.trustedProxies).toEqual(['10.0.0.0/8', '2001:db8::1', 'uniquelocal']);
    expect(entries.find(({ name }) => name === 'TRUSTED_PROXIES')?.value).toBe(
      '10.0.0.0/8,2001:db8::1,uniquelocal',
    );
    expect(load({ TRUSTED_PROXIES: '' }).settings.trustedProxies).toEqual([]);
  });

  it('lose the trailing slash of the public URL', () => {
    expect(load({ PUBLIC_URL: 'https://chat.example.org/' }).settings.publicUrl).toBe(
      'https://chat.example.org',
    );
  });

  it.each([
    'postgres://plaza:secret@db.example.org:5433/plaza?sslmode=require',
    'postgresql://plaza@localhost/plaza',
    'postgres:///plaza?host=/var/run/postgresql',
    'postgres://plaza:secret@/plaza?host=/run/pg&port=5433',
    'postgres://%2Fvar%2Frun%2Fpostgresql/plaza',
  ])('keep the database URL %s as it is written', (url) => {
    expect(load({ DATABASE_URL: url }).settings.databaseUrl).toBe(url);
  });

  it('can not be changed after they are loaded', () => {
    const { settings } = load();
    expect(() => Object.assign(settings, { port: 1 })).toThrow(TypeError);
  });

  it('give another process the same settings through its environment', () => {
    const first = load(
      { PORT: '9000', FIRST_ROOM: '' },
      'LOG_LEVEL=debug\nDATABASE_URL=postgres://a:b@c/d\n',
    );
    const second = load(
      { ...first.environment },
      'LOG_LEVEL=error\nFIRST_ROOM=other\nDATABASE_URL=postgres://x/y\n',
    );
    expect(second.settings).toEqual(first.settings);
  });
});

describe('a wrong setting', () => {
  it.each([
    ['PORT', 'eighty', 'a whole number from 0 to 65535'],
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number from 0 to 65535'],
    ['PORT', '80.5', 'a whole number from 0 to 65535'],
    ['PORT', ' 80', 'a whole number from 0 to 65535'],
    ['PORT', '0x50', 'a whole number from 0 to 65535'],
    ['WORKERS', '0', 'a whole number from 1 to 256'],
    ['POST_RATE_LIMIT', '9'.repeat(400), 'a whole number from 1 to 1000000'],
    ['HOST', 'http://localhost', 'a host name or an IP address'],
    ['REQUIRE_BLINDED_IDS', 'maybe', 'true or false'],
    ['REQUIRE_BLINDED_IDS', 'toString', 'true or false'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['FIRST_ROOM', 'the lobby', 'a room token: 1 to 64 letters, digits, "-" or "_", or empty'],
    ['FIRST_ROOM', 'x'.repeat(65), 'a room token: 1 to 64 letters, digits, "-" or "_", or empty'],
    ['DATA_DIR', 'a\0b', 'a path'],
    ['METRICS_TOKEN', 'too short', '16 to 200 printable characters without spaces, or empty'],
  ])('%s=%j is named with its value and what is allowed', (name, value, allowed) => {
    const message = refusal({ [name]: value });
    expect(message.startsWith(`${name} is "`)).toBe(true);
    expect(message.endsWith(` but must be ${allowed}`)).toBe(true);
    expect(message).not.toContain('\n');
    expect(message.length).toBeLessThan(300);
  });

  it.each(['everyone', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.0/8/8', '10.0.0', '10.0.0.1 10.0.0.2'])(
    'TRUSTED_PROXIES=%s is refused',
    (ranges) => {
      expect(refusal({ TRUSTED_PROXIES: `127.0.0.1,${ranges}` })).toContain('TRUSTED_PROXIES is "');
    },
  );

  it.each([
    'chat.example.org',
    'ftp://chat.example.org',
    'https://chat.example.org/plaza',
    'https://chat.example.org/?a=b',
    'https://chat.example.org/#a',
    'https://user:pass@chat.example.org',
    'https://',
  ])('PUBLIC_URL=%s is refused', (url) => {
    expect(refusal({ PUBLIC_URL: url })).toContain('PUBLIC_URL is "');
  });

  it.each([
    'mysql://localhost/plaza',
    'postgres',
    'postgres://',
    'postgres://host:port/db',
    '/run/postgresql',
  ])('DATABASE_URL=%s is refused', (url) => {
    expect(refusal({ DATABASE_URL: url })).toContain('must be a postgres:// or postgresql:// URL');
  });

  it('never shows a password', () => {
    expect(refusal({ DATABASE_URL: 'mysql://plaza:hunter2@localhost/plaza' })).toBe(
      'DATABASE_URL is "mysql://plaza:***@localhost/plaza" but must be a postgres:// or postgresql:// URL, ' +
        'such as postgres://plaza@localhost:5432/plaza, or empty',
    );
    expect(refusal({ REDIS_URL: 'hunter2' })).not.toContain('hunter2');
  });

  it('is said to stand in .env when it stands there', () => {
    expect(refusal({}, 'PORT=eighty\n')).toContain('PORT is "eighty" (.env) but must be');
  });

  it('is told in one line whatever its value holds', () => {
    expect(refusal({ LOG_LEVEL: 'in\nfo' })).toContain('LOG_LEVEL is "in\\nfo" but');
  });

  it('is not reported at its bound', () => {
    const most = '1000000000000000';
    expect(load({ MIN_FREE_DISK_BYTES: most }).settings.minFreeDiskBytes).toBe(Number(most));
    expect(refusal({ MIN_FREE_DISK_BYTES: '1000000000000001' })).toContain(`from 0 to ${most}`);
  });

  it('may be a combination of two values that are right by themselves', () => {
    const many = { WORKERS: '10', DATABASE_POOL_SIZE: '40' };
    expect(refusal(many)).toContain('WORKERS is 10 and DATABASE_POOL_SIZE is 40');
    expect(load({ ...many, DATABASE_URL: 'postgres://localhost/plaza' }).settings.workers).toBe(10);
  });

  it('counts the connections that the server has beside its pools', () => {
    expect(refusal({ WORKERS: '89', DATABASE_POOL_SIZE: '1' })).toContain('they need 182 connections');
    expect(load({ WORKERS: '88', DATABASE_POOL_SIZE: '1' }).settings.workers).toBe(88);
  });

  it('may be a .env that can not be read', () => {
    mkdirSync(join(folder, '.env'));
    chmodSync(join(folder, '.env'), 0o700);
    expect(refusal({})).toContain(`${join(folder, '.env')} can't be read (EISDIR)`);
  });
});

describe('the list that plaza config shows', () => {
  it('is every setting with its value, source and help', () => {
    const { entries, environment } = load({ POST_RATE_LIMIT: '7', FIRST_ROOM: '' });
    expect(entries.map(({ name }) => name)).toEqual(Object.keys(environment));
    expect(entries.find(({ name }) => name === 'POST_RATE_LIMIT')).toEqual({
      name: 'POST_RATE_LIMIT',
      value: 7,
      source: 'environment',
      help: expect.stringMatching(/^\S.*\.$/) as string,
    });
    expect(entries.find(({ name }) => name === 'FIRST_ROOM')).toMatchObject({
      value: null,
      source: 'environment',
    });
    expect(entries.find(({ name }) => name === 'DATABASE_URL')).toMatchObject({
      value: null,
      source: 'default',
    });
  });

  it('masks passwords', () => {
    const { entries } = load({ DATABASE_URL: 'postgres://plaza:hunter2@db/plaza?sslpassword=hunter2' });
    expect(entries.find(({ name }) => name === 'DATABASE_URL')?.value).toBe(
      'postgres://plaza:***@db/plaza?sslpassword=***',
    );
    expect(JSON.stringify(entries)).not.toContain('hunter2');
  });
});

describe('a server that listens on all addresses', () => {
  it('is warned that the default public URL leads nowhere from other machines', () => {
    expect(load({ HOST: '0.0.0.0' }).warnings).toEqual([
      "PUBLIC_URL is not set: clients on other machines can't reach http://localhost:8080",
    ]);
    expect(load({ HOST: '0.0.0.0', PUBLIC_URL: 'http://chat.example.org' }).warnings).toEqual([]);
    expect(load({ HOST: '127.0.0.1' }).warnings).toEqual([]);
  });
});

describe('a public URL that Session clients refuse', () => {
  it.each([
    ['http://localhost:8080', 'a host without a dot'],
    ['https://chat', 'a host without a dot'],
    ['http://[2001:db8::1]:8080', 'an IPv6 address as its host'],
    ['https://my_chat.example.org', 'a "_" in its host'],
  ])('%s is warned about, with what to do', (url, flaw) => {
    expect(load({ PUBLIC_URL: url }).warnings).toEqual([
      `PUBLIC_URL ${url} has ${flaw}, and Session refuses to join rooms there: ` +
        'set it to a domain name such as http://chat.example.org, or to an IPv4 address',
    ]);
  });

  it.each(['http://chat.example.org', 'https://chat.example.org:8443', 'http://192.0.2.1:8080'])(
    '%s is accepted without a warning',
    (url) => {
      expect(load({ PUBLIC_URL: url }).warnings).toEqual([]);
    },
  );
});

describe('metrics that everyone can reach', () => {
  it('are warned about when they have no token', () => {
    const open = { METRICS_PORT: '9464', METRICS_HOST: '0.0.0.0' };
    expect(load(open).warnings).toEqual([
      'METRICS_TOKEN is not set: everyone who reaches 0.0.0.0 can read the metrics',
    ]);
    expect(load({ ...open, METRICS_TOKEN: 'sixteen-or-more-x' }).warnings).toEqual([]);
    expect(load({ METRICS_PORT: '9464' }).warnings).toEqual([]);
  });
});

describe('a name that looks like a setting', () => {
  it('is warned about wherever it stands', () => {
    const { warnings } = load({ POST_RATE_LIMITT: '3', PATH: '/bin' }, 'PLAZA_PORT=80\n');
    expect(warnings).toEqual([
      'POST_RATE_LIMITT is not a setting of Plaza and has no effect; did you mean POST_RATE_LIMIT?',
      'PLAZA_PORT is not a setting of Plaza and has no effect; did you mean PORT?',
    ]);
  });
});
