import { readdirSync, readFileSync } from 'node:fs';

const BUNDLE = new URL('../../dist/server/', import.meta.url);

function textOf(name: string): string {
  return readFileSync(new URL(name, BUNDLE), 'utf8');
}

/** The files of the bundle that are loaded with this one: not those that it may import later. */
function loadedWith(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, next = ''] of textOf(name).matchAll(/(?:^|[;\n])import(?:[^"';()]*from)?"\.\/([^"]+)"/g))
    loadedWith(next, found);
  return found;
}

function packagesIn(name: string): string[] {
  const { sources } = JSON.parse(textOf(`${name}.map`)) as { sources: string[] };
  return sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []);
}

it('the supervisor, which lives as long as the server, loads no framework', () => {
  const start = readdirSync(BUNDLE).find((name) => /^supervise-\w+\.js$/.test(name)) ?? '';
  const packages = new Set([...loadedWith(start)].flatMap(packagesIn));
  // It does load what it needs itself, so the walk has found it.
  expect(packages).toContain('pg');
  for (const framework of ['@nestjs/common', '@nestjs/core', 'fastify', 'typeorm', 'bullmq', 'rxjs'])
    expect(packages).not.toContain(framework);
});
