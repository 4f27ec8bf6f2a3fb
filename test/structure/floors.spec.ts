import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const SRC = join(ROOT, 'src');
/** Floors of the house, the lowest first, as docs/architecture.md lists them. */
const FLOORS = floorsOf(readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8'));

/** Files and folders directly under `src`. */
const MOST_IN_SRC = 15;

describe('the folders of src', () => {
  it(`are at most ${MOST_IN_SRC}, files beside them included`, () => {
    expect(readdirSync(SRC).length).toBeLessThanOrEqual(MOST_IN_SRC);
  });

  it('are the floors that docs/architecture.md lists, and no others', () => {
    const folders = [...new Set(sources().map((file) => topOf(file)))].sort();
    expect([...new Set(FLOORS.map((floor) => floor.split('/')[0]))].sort()).toEqual(folders);
  });

  it('import from their own floor or from one below, types included', () => {
    const climbing = imports()
      .filter(({ from, to }) => floorOf(to) > floorOf(from))
      .map(({ from, to }) => `${from} imports ${to}`);
    expect(climbing).toEqual([]);
  });

  it('import each other, sub-folders included, without a circle', () => {
    expect(circlesOf(imports().map(({ from, to }) => [dirname(from), dirname(to)]))).toEqual([]);
  });
});

/** Reads the list of floors: lines of a code block under "## Floors", the highest first, their folders before two spaces. */
function floorsOf(page: string): string[] {
  const block = /## Floors\n[^]*?```\n([^]*?)```/.exec(page)?.[1] ?? '';
  return block
    .trim()
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .reverse();
}

function sources(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.tsx?$/.test(file) && !file.endsWith('.spec.ts'),
  );
}

/** Imports among the files of `src`, each as a path from there. */
function imports(): { from: string; to: string }[] {
  return sources().flatMap((from) => {
    const text = readFileSync(join(SRC, from), 'utf8');
    return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
      .map(([, path]) => relative(SRC, join(SRC, dirname(from), path ?? '')))
      .filter((to) => !to.startsWith('..'))
      .map((to) => ({ from, to }));
  });
}

function topOf(file: string): string {
  return file.split('/')[0] ?? file;
}

/** The place of a file among the floors; a sub-folder with a line of its own has a place of its own. */
function floorOf(file: string): number {
  const own = FLOORS.indexOf(file.split('/').slice(0, 2).join('/'));
  return own >= 0 ? own : FLOORS.indexOf(topOf(file));
}

/** Folders of every circle among imports, one line for each circle. */
function circlesOf(pairs: [string, string][]): string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of pairs) {
    if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const reachable = (start: string): Set<string> => {
    const seen = new Set<string>();
    const open = [start];
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      for (const to of next.get(folder) ?? []) {
        if (!seen.has(to)) open.push(to);
        seen.add(to);
      }
    }
    return seen;
  };
  const reach = new Map([...next.keys()].map((folder) => [folder, reachable(folder)]));
  return [...next.keys()]
    .filter((folder) => reach.get(folder)?.has(folder))
    .map((folder) => {
      const others = [...(reach.get(folder) ?? [])].filter((other) => reach.get(other)?.has(folder));
      return others.sort().join(' ↔ ');
    })
    .filter((line, index, lines) => lines.indexOf(line) === index);
}
