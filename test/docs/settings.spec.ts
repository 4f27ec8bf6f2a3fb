import { readFile } from 'node:fs/promises';
import { settingsPage } from '../../src/foundation/config/settings-page.js';

it('docs/settings.md equals what npm run docs:settings would write', async () => {
  expect(await readFile('docs/settings.md', 'utf8')).toBe(settingsPage());
});
