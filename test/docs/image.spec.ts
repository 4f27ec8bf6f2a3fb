import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Folders that are of no use to a server that runs. */
const NOT_IN_THE_IMAGE = new Set(['.ci', 'bench', 'deploy', 'docs', 'test']);

it('the container image has every folder of the project that a running server may need', async () => {
  const files = execFileSync('git', ['ls-files', '-z'], { encoding: 'utf8' }).split('\0');
  const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0] ?? ''));
  const dockerfile = await readFile('Dockerfile', 'utf8');
  const ignored = await readFile('.dockerignore', 'utf8');
  const missing = [...folders]
    .filter((folder) => !NOT_IN_THE_IMAGE.has(folder))
    .filter(
      (folder) => !ignored.includes(`!${folder}\n`) || !dockerfile.includes(`COPY ${folder} ./${folder}`),
    );
  expect(missing).toEqual([]);
});

it('the command that the image links to can be executed', () => {
  const entry = execFileSync('git', ['ls-files', '--stage', 'bin/plaza.js'], { encoding: 'utf8' });
  expect(entry).toMatch(/^100755 /);
});
