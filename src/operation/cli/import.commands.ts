import type { Command } from 'commander';
import { type LoadedSettings } from '../../foundation/config/load-settings.js';
import { prepareDatabase } from '../../records/schema/prepare-database.js';
import { withStorage } from '../../files/storage/open-file-storage.js';
import { adoptServerKey } from '../../protocol/identity/server-key.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { type ImportOptions, type ImportReport, PysogsImport } from '../import/import-pysogs.js';
import { type CommandContext } from './command-context.js';

const DESCRIPTION = `Move a community here from pysogs 0.3 or bunsogs, with its key, files and history.
Stop the old server first. This community must be new: give it an empty DATA_DIR, and an empty database if
DATABASE_URL is set, and start it only afterwards. The old server's data is only read. An import that fails or is
killed changes nothing that matters: run it again. docs/moving-from-pysogs.md has all steps.`;

function importTables({ tables, notes }: ImportReport): string[] {
  const lines = tables.flatMap(({ table, found, taken, checksum, leftOut, repaired }) => [
    `${table}: ${taken} of ${found}  ${checksum}`,
    ...leftOut.map(({ what, count }) => `    ${count} left out: ${what}`),
    ...repaired.map(({ what, count }) => `    ${count} ${what}`),
  ]);
  return [...lines, ...notes.map(({ what, count }) => `${count} ${what}`)];
}

async function importPysogs(
  context: CommandContext,
  { dryRun, ...options }: ImportOptions & { dryRun?: true },
): Promise<void> {
  const loaded = context.loadSettings();
  const existing = await ServerIdentity.load(loaded.settings);
  const pysogs = await PysogsImport.open(options, existing, context.clock.seconds());
  try {
    await (dryRun ? rehearse(context, pysogs) : run(context, loaded, pysogs));
  } finally {
    await pysogs.close();
  }
}

async function rehearse(context: CommandContext, pysogs: PysogsImport): Promise<void> {
  context.output.lines(importTables(await pysogs.rehearse(context.progress())));
  await pysogs.assertUnchanged();
  context.output.lines(['This was a dry run: nothing was imported.']);
}

async function run(context: CommandContext, loaded: LoadedSettings, pysogs: PysogsImport): Promise<void> {
  const { settings } = loaded;
  const report = await context.withDatabase(loaded, 'make', async ({ directUrl: databaseUrl }) => {
    await prepareDatabase(databaseUrl);
    return withStorage(settings, context.clock, ({ all: storage }) => {
      const target = {
        databaseUrl,
        storage,
        requireBlindedIds: settings.requireBlindedIds,
        keepKey: ({ secret }: ServerIdentity) => adoptServerKey(settings, secret),
      };
      return pysogs.run(target, context.progress());
    });
  });
  context.output.lines([
    ...importTables(report),
    `Imported and verified. The public key is ${pysogs.identity.publicKeyHex}.`,
  ]);
}

/** `plaza import …`: moves a community here from another server. */
export function registerImportCommands(program: Command, context: CommandContext): void {
  program
    .command('import')
    .description('Move a community here from another server.')
    .command('pysogs')
    .description(DESCRIPTION)
    .requiredOption('--db <url>', 'sqlite:///path/to/sogs.db or postgresql://user:password@host/database')
    .option('--uploads <folder>', 'its uploaded files (default: the folder uploads beside a SQLite database)')
    .option('--key <file>', 'its private key (default: key_x25519 beside a SQLite database)')
    .option('--dry-run', 'read and check everything, and change nothing')
    .action((options: ImportOptions & { dryRun?: true }) => importPysogs(context, options));
}
