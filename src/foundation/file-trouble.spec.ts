import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileTrouble } from './file-trouble.js';

/** A user who owns nothing here. */
const NOBODY = 65_534;

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'plaza-trouble-')));
  chmodSync(folder, 0o755);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Reads the file as a user who is no root, and returns the line for what fails. */
function troubleWith(path: string): string {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  try {
    readFileSync(path);
    return 'none';
  } catch (error) {
    return fileTrouble(error);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

it('the message about a path names the folder that is missing', () => {
  expect(troubleWith(join(folder, 'a/b/c'))).toBe(`there is no folder ${join(folder, 'a')}`);
  expect(troubleWith(join(folder, 'c'))).toBe(`there is no ${join(folder, 'c')}`);
});

it('the message about a path names the folder that may not be entered, and who may not', () => {
  mkdirSync(join(folder, 'closed/inner'), { recursive: true });
  writeFileSync(join(folder, 'closed/inner/file'), '');
  chmodSync(join(folder, 'closed'), 0);
  const told = troubleWith(join(folder, 'closed/inner/file'));
  expect(told).toMatch(/^the user .+ may not enter the folder /);
  expect(told.endsWith(join(folder, 'closed'))).toBe(true);
  chmodSync(join(folder, 'closed'), 0o700);
});

it('the message about a path names the file that may not be opened', () => {
  writeFileSync(join(folder, 'secret'), '');
  chmodSync(join(folder, 'secret'), 0);
  expect(troubleWith(join(folder, 'secret'))).toMatch(
    new RegExp(`^the user .+ may not open ${folder}/secret$`),
  );
});

it('the message about a path says that a file is no folder', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(troubleWith(join(folder, 'file/below'))).toBe(`${join(folder, 'file')} is no folder`);
});
