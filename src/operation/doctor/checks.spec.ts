import { loadSettings } from '../../foundation/config/load-settings.js';
import { type Settings } from '../../foundation/config/settings.js';
import { checkForm, checkProxy, judgeAnswer, judgeName } from './address-checks.js';
import { type BackupReport, checkBackups, checkDatabaseSettings, checkStatus } from './community-checks.js';
import { type Finding } from './finding.js';
import { checkMemory, judgeClock, judgeDescriptors, judgeDisk } from './machine-checks.js';
import { type Status } from '../machines/status.service.js';

function settings(environment: Record<string, string> = {}): Settings {
  return loadSettings({ environment, folder: '/nowhere' }).settings;
}

function limits(hard: string): string {
  return `Max processes  100  100  processes\nMax open files            1024                 ${hard}               files\n`;
}

const WELL: Status = {
  machines: [{ name: 'a', isLeaving: false, isGone: false, workers: [{ clockAhead: 0 } as never] }],
  database: {
    version: '17.10',
    isStandby: false,
    connections: 9,
    maxConnections: 200,
    answeredInMs: 1,
    standbyLag: null,
  },
  redis: { isReachable: true, answeredInMs: 1, failure: null },
  storage: { kind: 'folder', isReachable: true, answeredInMs: 1, failure: null },
  disk: { freeBytes: 4e10, isFull: false },
  jobs: { waiting: 1, active: 0, failed: 0 },
  readers: [],
};

function problemsOf(status: Status, found = settings({ WORKERS: '2' })): string[] {
  return checkStatus(status, found)
    .filter(({ state }) => state === 'problem')
    .map(({ about }) => about);
}

it.each<[string, Finding]>([
  ['an address that Session refuses', checkForm('http://localhost:8080')],
  ['an address of the machine itself', checkForm('http://127.0.0.1:8080')],
  ['a name without an address', judgeName('chat.example.org', [])],
  ['an address that only the network at home knows', judgeName('chat.example.org', ['192.168.1.7'])],
  ['a proxy that follows redirects for clients', judgeAnswer('http://chat.example.org', 301)],
  ['a proxy that takes small bodies alone', judgeAnswer('http://chat.example.org', 413)],
  ['a proxy that finds no server', judgeAnswer('http://chat.example.org', 502)],
  [
    'a proxy elsewhere that is not trusted',
    checkProxy(settings({ PUBLIC_URL: 'https://chat.example.org', HOST: '0.0.0.0' })),
  ],
  ['a disk that is nearly full', judgeDisk({ free: 3e8, size: 4e10, needed: 2e8 })],
  ['a disk with less than a tenth free', judgeDisk({ free: 3e9, size: 4e10, needed: 2e8 })],
  ['few descriptors', judgeDescriptors(limits('4096'), true)],
  ['a clock that follows nobody', judgeClock('no')],
  ['too little memory', checkMemory(settings({ WORKERS: '4' }), 2 ** 28)],
  [
    'a database that may lose what it confirmed',
    checkDatabaseSettings({ fsync: 'off', full_page_writes: 'on', server_encoding: 'UTF8' }),
  ],
  [
    'a database that lacks characters',
    checkDatabaseSettings({ fsync: 'on', full_page_writes: 'on', server_encoding: 'LATIN1' }),
  ],
])('the doctor finds %s, and says what to do', (_, finding) => {
  expect(finding).toMatchObject({ state: 'problem', todo: expect.any(String) as string });
});

it.each<[string, Finding]>([
  ['a name', checkForm('https://chat.example.org')],
  ['a public address', judgeName('chat.example.org', ['203.0.113.9', '2001:db8::1'])],
  ['a proxy that passes everything on', judgeAnswer('https://chat.example.org', 400)],
  ['a proxy on the same machine', checkProxy(settings({ PUBLIC_URL: 'https://chat.example.org' }))],
  [
    'a proxy elsewhere that is trusted',
    checkProxy(
      settings({ PUBLIC_URL: 'https://a.example.org', HOST: '0.0.0.0', TRUSTED_PROXIES: '10.0.0.2' }),
    ),
  ],
  ['a large disk of which little is used', judgeDisk({ free: 9e10, size: 1e12, needed: 2e8 })],
  ['many descriptors', judgeDescriptors(limits('524288'), true)],
  ['unlimited descriptors', judgeDescriptors(limits('unlimited'), false)],
  ['a clock that follows a server', judgeClock('yes')],
  ['enough memory', checkMemory(settings({ WORKERS: '2' }), 2 ** 31)],
])('the doctor is content with %s', (_, finding) => {
  expect(finding.state).toBe('good');
});

it('the doctor says what it can not find out', () => {
  expect(judgeClock(undefined).state).toBe('unknown');
  expect(judgeDescriptors('', false).state).toBe('unknown');
});

it('the doctor is content with a community that is well', () => {
  expect(problemsOf(WELL)).toEqual([]);
  expect(problemsOf({ ...WELL, redis: null })).toEqual([]);
});

it.each<[string, Partial<Status>]>([
  ['server', { machines: [] }],
  [
    'server',
    { machines: [{ name: 'a', isLeaving: false, isGone: false, workers: [{ clockAhead: -300 } as never] }] },
  ],
  ['database', { database: { ...WELL.database, isStandby: true } }],
  ['database', { database: { ...WELL.database, version: '12.4' } }],
  ['database', { database: { ...WELL.database, maxConnections: 20 } }],
  ['database', { database: { ...WELL.database, answeredInMs: 300 } }],
  ['Redis', { redis: { isReachable: false, answeredInMs: null, failure: 'refused' } }],
  ['files', { storage: { kind: 's3', isReachable: false, answeredInMs: null, failure: 'refused' } }],
  ['jobs', { jobs: null }],
  ['jobs', { jobs: { waiting: 0, active: 0, failed: 2 } }],
])('the doctor finds what is wrong with the %s', (about, change) => {
  expect(problemsOf({ ...WELL, ...change })).toEqual([about]);
});

it('the doctor says how old the latest backup is, and why there is no newer one', () => {
  const daily = settings({ BACKUP_SCHEDULE: 'daily 04:00' });
  const now = 1_000_000;
  const success = { begunAt: now - 3_600, name: 'plaza-1.tar' };
  const of = (found: Settings, report: BackupReport): Finding => checkBackups(found, report, now);
  expect(of(settings(), { success: undefined, latest: undefined }).state).toBe('unknown');
  expect(of(daily, { success, latest: undefined })).toMatchObject({
    state: 'good',
    seen: 'the latest one is 1h old: plaza-1.tar',
  });
  const old = { begunAt: now - 3 * 86_400, name: 'plaza-1.tar' };
  expect(of(daily, { success: old, latest: { failure: 'the disk is full' } })).toMatchObject({
    state: 'problem',
    seen: 'the latest one is 3d old: the disk is full',
  });
  expect(of(daily, { success: undefined, latest: undefined }).state).toBe('problem');
});
