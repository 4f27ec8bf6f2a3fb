import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The first word of a comment that has no actor, or names it only after its verb. */
const HEADLESS = /(?:\/\*\*|^\s*\*|\/\/) (?:What|Who|That|Whoever|Whatever|Whom|Whose|Which)\b[^?]*$/;

it('no comment begins with a sentence without an actor', () => {
  const files = ['src', 'test', 'bench', 'scripts', 'migrations']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => /\.(?:tsx?|js)$/.test(file));
  expect(files.length).toBeGreaterThan(400);
  const headless = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => (HEADLESS.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  );
  expect(headless).toEqual([]);
});
