import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { settingsTable } from '../../src/foundation/config/settings-table.js';

async function pages(): Promise<string[]> {
  const inDocs = (await readdir('docs', { recursive: true })).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...inDocs.map((name) => join('docs', name))];
}

it('every link from one page to another leads somewhere', async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = await readFile(page, 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)) {
      if (!target.includes(':') && !existsSync(join(dirname(page), target)))
        broken.push(`${page}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

it('the manual and the files in deploy/ name no setting that does not exist', async () => {
  const known = new Set<string>(Object.values(settingsTable).map(({ name }) => name));
  // Names that other programs know.
  for (const name of [
    'NODE_ENV',
    'NODE_EXTRA_CA_CERTS',
    'POSTGRES_PASSWORD',
    'POSTGRES_USER',
    'POSTGRES_DB',
    'MINIO_ROOT_USER',
    'MINIO_ROOT_PASSWORD',
    'AF_INET',
    'AF_UNIX',
  ])
    known.add(name);
  const files = [
    'docs/manual.md',
    'docs/cluster.md',
    'docs/security.md',
    'compose.yaml',
    'compose.cluster.yaml',
    'Dockerfile',
    'deploy/plaza.service',
  ];
  const unknown: string[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    for (const [name] of text.matchAll(/\b[A-Z]{2,}(?:_[A-Z]+)+\b/g)) {
      if (!known.has(name)) unknown.push(`${file}: ${name}`);
    }
  }
  expect(unknown).toEqual([]);
});
