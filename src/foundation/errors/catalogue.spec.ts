import { readFile } from 'node:fs/promises';
import { catalogue } from './catalogue.js';

const DOCUMENT = new URL('../../../docs/errors.md', import.meta.url);
/** `| 400 | malformed_request | The request is malformed | … |` */
const ROW = /^\| (\d{3}) +\| `(\w+)` +\| (.+?) +\| .+ \|$/;

describe('docs/errors.md', () => {
  test('lists every refusal with its status and reason, and no other, by status', async () => {
    const lines = (await readFile(DOCUMENT, 'utf8')).split('\n');
    const documented = lines
      .map((line) => ROW.exec(line))
      .filter((row) => row !== null)
      .map(([, status, code, reason]) => ({ code, status: Number(status), reason }));
    const catalogued = Object.entries(catalogue).map(([code, [status, reason]]) => ({
      code,
      status,
      reason,
    }));
    expect(documented).toEqual(catalogued);
    expect(catalogued).toEqual([...catalogued].sort((a, b) => a.status - b.status));
  });
});
