import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The first word of a sentence that has no actor, or names it only after its verb; questions are none. */
const HEADLESS = /^(?:What|Who|That|Whoever|Whatever|Whom|Whose|Which|Of)\b[^?]*$/;

const COMMENT = /\/\*\*?(?<block>.*?)\*\/|^\s*\/\/(?<lines>.*(?:\n\s*\/\/.*)*)/gms;
const MARGIN = /\n\s*(?:\*|\/\/)?\s*/g;

/** The sentences of the comments in a source text. */
function sentencesIn(source: string): string[] {
  return [...source.matchAll(COMMENT)].flatMap(({ groups = {} }) =>
    (groups.block ?? groups.lines ?? '')
      .replace(MARGIN, ' ')
      .split(/(?<=[.!?;:]) |`[^`]*`/)
      .map((sentence) => sentence.trim()),
  );
}

it('a sentence without an actor is found wherever it stands in a comment', () => {
  const source = ['// It waits. What', '// comes later waits, too.', 'const a = 1;', '// Who asks?'].join(
    '\n',
  );
  expect(sentencesIn(source).filter((sentence) => HEADLESS.test(sentence))).toEqual([
    'What comes later waits, too.',
  ]);
});

it('no comment has a sentence without an actor', () => {
  const files = ['src', 'test', 'bench', 'scripts', 'migrations']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => /\.(?:tsx?|js)$/.test(file));
  expect(files.length).toBeGreaterThan(400);
  const headless = files.flatMap((file) =>
    sentencesIn(readFileSync(file, 'utf8'))
      .filter((sentence) => HEADLESS.test(sentence))
      .map((sentence) => `${file}: ${sentence}`),
  );
  expect(headless).toEqual([]);
});
