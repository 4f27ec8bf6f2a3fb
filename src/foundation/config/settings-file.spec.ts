import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type InstallationKind } from '../installation.js';
import { readSettingsFile, type SettingsFile } from './settings-file.js';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'plaza-places-'));
  folder = join(root, 'anywhere');
  mkdirSync(folder);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function read(kind: InstallationKind = 'package'): SettingsFile {
  const installation = { kind, folder: join(root, 'checkout') };
  return readSettingsFile(
    { folder, environment: { HOME: root }, installation },
    new Set(['PORT', 'DATA_DIR']),
  );
}

describe('an installed Plaza', () => {
  it('looks in the working directory, at home and in the system, in this order', () => {
    expect(read()).toMatchObject({ texts: {}, dataDir: join(folder, 'data') });
    expect(read().lookedFor).toEqual([
      join(folder, '.env'),
      join(root, '.config/plaza/plaza.env'),
      '/etc/plaza/plaza.env',
    ]);
  });

  it('finds the settings of a user from any folder, with data among the data of that user', () => {
    const path = write('.config/plaza/plaza.env', 'PORT=81\n');
    expect(read()).toMatchObject({
      path,
      folder: dirname(path),
      texts: { PORT: '81' },
      dataDir: join(root, '.local/share/plaza'),
    });
  });

  it('prefers the working directory, and passes over the .env of another program there', () => {
    const home = write('.config/plaza/plaza.env', 'PORT=81\n');
    const here = write('anywhere/.env', 'DJANGO_SECRET=x\n');
    expect(read().path).toBe(home);
    writeFileSync(here, 'PORT=82\n');
    expect(read().path).toBe(here);
    writeFileSync(here, 'PLAZA_PROT=82\n');
    expect(read().path).toBe(here);
  });
});

it('a checkout takes the settings beside it from any folder, and none of the user or of the machine', () => {
  write('.config/plaza/plaza.env', 'PORT=81\n');
  expect(read('checkout').path).toBeUndefined();
  const path = write('checkout/.env', 'PORT=83\n');
  expect(read('checkout')).toMatchObject({ path, dataDir: join(root, 'checkout/data') });
});

it('a container reads settings in its working directory alone', () => {
  write('.config/plaza/plaza.env', 'PORT=81\n');
  expect(read('container').lookedFor).toEqual([join(folder, '.env')]);
});
