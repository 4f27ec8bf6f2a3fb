import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImportError } from './import-error.js';
import { parseSourceAddress } from './open-source.js';

let folder: string;
const before = process.cwd();

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'plaza-source-')));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

it.each(['sogs.db', './sogs.db', 'sqlite:///sogs.db'])(
  'an import finds %s in the working directory',
  (text) => {
    writeFileSync(join(folder, 'sogs.db'), '');
    expect(parseSourceAddress(text)).toEqual({ kind: 'sqlite', file: join(folder, 'sogs.db') });
  },
);

it('three slashes begin an absolute path where no such relative path exists', () => {
  expect(parseSourceAddress('sqlite:///var/lib/sogs.db')).toEqual({
    kind: 'sqlite',
    file: '/var/lib/sogs.db',
  });
  mkdirSync(join(folder, 'var/lib'), { recursive: true });
  writeFileSync(join(folder, 'var/lib/sogs.db'), '');
  expect(parseSourceAddress('sqlite:///var/lib/sogs.db')).toEqual({
    kind: 'sqlite',
    file: join(folder, 'var/lib/sogs.db'),
  });
});

it('four slashes begin an absolute path', () => {
  expect(parseSourceAddress('sqlite:////var/lib/sogs.db')).toEqual({
    kind: 'sqlite',
    file: '/var/lib/sogs.db',
  });
});

it.each([
  'postgresql://me:pw@host/sogs',
  'postgresql+psycopg2://me:pw@host/sogs',
  'postgres://me:pw@host/sogs',
])('%s is taken for PostgreSQL, whatever driver pysogs uses', (text) => {
  expect(parseSourceAddress(text)).toEqual({ kind: 'postgres', url: 'postgres://me:pw@host/sogs' });
});

it.each(['mysql://host/sogs', 'sqlite://sogs.db', 'http://host/'])('an import refuses %s', (text) => {
  expect(() => parseSourceAddress(text)).toThrow(ImportError);
});
