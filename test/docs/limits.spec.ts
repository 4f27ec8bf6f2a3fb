import { readFile } from 'node:fs/promises';
import { settingsTable } from '../../src/foundation/config/settings-table.js';

it('docs/security.md names no setting that does not exist', async () => {
  const page = await readFile('docs/security.md', 'utf8');
  const names = new Set<string>(Object.values(settingsTable).map(({ name }) => name));
  const named = [...page.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, name]) => name ?? '');
  expect(named.length).toBeGreaterThan(20);
  expect([...new Set(named)].filter((name) => !names.has(name))).toEqual([]);
});
