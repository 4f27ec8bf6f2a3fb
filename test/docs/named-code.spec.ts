import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGES = [
  'CONTRIBUTING.md',
  'docs/architecture.md',
  'docs/defence.md',
  ...[
    'add-a-job',
    'add-a-rule',
    'add-a-setting',
    'add-an-endpoint',
    'life-of-a-post',
    'life-of-a-request',
  ].map((page) => `docs/dev/${page}.md`),
];

const sources = ['src', 'test', 'bench', 'scripts', 'migrations', 'public', 'deploy']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
  )
  // The trial rule of add-a-rule.md is there for readers to write.
  .concat('src/moderation/gate/few-exclamation-marks.rule.ts');

/** The texts of our programs, by path. */
const texts = new Map(
  sources
    .filter(
      (file) => /^(?:src|test|bench|scripts)\/.*\.(?:tsx?|js)$/.test(file) && !file.includes('few-excl'),
    )
    .map((file) => [file, readFileSync(file, 'utf8')]),
);
const words = new Set([...texts.values()].flatMap((text) => text.match(/\w+/g) ?? []));

/** The pieces of a page that are set as code, without the blocks. */
function namesOn(page: string): string[] {
  const text = readFileSync(page, 'utf8').replace(/```[^]*?```/g, '');
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);
}

function isFile(path: string): boolean {
  const pattern = new RegExp(`(?:^|/)${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  return sources.some((file) => pattern.test(file));
}

/** Whether a name like `Gate`, `hold('…')` or `RoomAccess.visit` is in the code; `Class.member` must stand in one file. */
function isCode(name: string): boolean {
  const [owner = '', member] = name.replace(/\(.*/, '').split('.');
  if (member === undefined) return words.has(owner);
  const holds = new RegExp(`\\b(?:class|interface|const|type) ${owner}\\b[^]*\\b${member}\\b`);
  return [...texts.values()].some((text) => holds.test(text));
}

it.each(PAGES)('every file that %s names exists', (page) => {
  const files = namesOn(page).filter(
    (name) => /^[\w./*-]+\.(?:tsx?|js)$/.test(name) && !/\b(?:x|NAME)\./.test(name),
  );
  expect(files.filter((file) => !isFile(file))).toEqual([]);
});

it.each(PAGES)('every class and function that %s names exists', (page) => {
  const names = namesOn(page).filter((name) =>
    /^(?:[A-Z][a-z]\w*|[a-z]+[A-Z]\w*)(?:\.[a-z]\w*)?(?:\(.*\))?$/.test(name),
  );
  expect(names.filter((name) => !isCode(name))).toEqual([]);
});
