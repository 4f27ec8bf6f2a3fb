import { readFileSync } from 'node:fs';
import { tooOldNode } from './node-version.js';

it.each(['v18.20.8', 'v20.18.3', 'v16.0.0'])(
  'the check of Node.js refuses Node.js %s in one line',
  (version) => {
    expect(tooOldNode(version)).toBe(
      `plaza: Node.js ${version} is too old: Plaza needs 20.19 or later (https://nodejs.org)`,
    );
  },
);

it.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v24.1.0'])(
  'the check of Node.js runs on Node.js %s',
  (version) => {
    expect(tooOldNode(version)).toBeUndefined();
  },
);

it('the check of Node.js asks for the version that package.json asks for', () => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { engines } = JSON.parse(manifest) as { engines: { node: string } };
  expect(tooOldNode('v1.0.0')).toContain(`needs ${engines.node.replace('>=', '')} or later`);
});
