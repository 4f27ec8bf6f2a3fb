import { lookup } from 'node:dns/promises';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorLine } from './error-line.js';

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'plaza-lines-')));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function lineOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'it succeeded',
    (error: unknown) => errorLine(error),
  );
}

it('the line of an error says in words what a file refuses', async () => {
  const file = join(folder, 'here');
  await writeFile(file, 'x');
  expect(await lineOf(readFile(join(folder, 'nowhere')))).toBe(`there is no ${join(folder, 'nowhere')}`);
  expect(await lineOf(readFile(folder))).toBe('the file is a folder');
  expect(await lineOf(open(file, 'wx'))).toBe(`${file} exists already`);
  expect(await lineOf(readFile(join(file, 'below')))).toBe(
    `${join(file, 'below')} would lie in a folder that is a file`,
  );
  expect(await lineOf(rename(file, folder))).not.toMatch(/E[A-Z]{4,}/);
});

it('the line of an error says in words what a network refuses', async () => {
  const connection = new Promise((_resolve, reject) => {
    connect(1, '127.0.0.1').once('error', reject);
  });
  expect(await lineOf(connection)).toBe('nothing answers at 127.0.0.1:1');
  expect(await lineOf(lookup('nobody.invalid'))).toMatch(/nobody\.invalid/);
});

it('other errors keep their text, on one line', () => {
  expect(errorLine(new Error('two\n  lines'))).toBe('two lines');
  expect(errorLine(new AggregateError([new Error('the first')]))).toBe('the first');
  expect(errorLine('a text')).toBe('a text');
});
