import { readFile } from 'node:fs/promises';
import { VERSION } from '../../src/foundation/version.js';

it('the changelog begins with the version of package.json, and says what to know before an upgrade', async () => {
  const changes = await readFile('CHANGELOG.md', 'utf8');
  const versions = [...changes.matchAll(/^## (\S+)/gm)].map(([, version]) => version);
  expect(versions[0]).toBe(VERSION);
  const [, latest = ''] = changes.split(/^## /m);
  expect(latest).toMatch(/^### Before you upgrade/m);
});
