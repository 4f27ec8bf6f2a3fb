import type { Command } from 'commander';
import { backUp, type BackupSummary } from '../backup/backup.js';
import { restore } from '../backup/restore.js';
import { withStorage } from '../../files/storage/open-file-storage.js';
import { adoptServerKey } from '../../protocol/identity/server-key.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { type CommandContext } from './command-context.js';

function summary({ rows, files, missing }: BackupSummary): string {
  const gone = missing === 0 ? '' : `; ${missing} files had no bytes any more and are left out`;
  return `${rows} rows and ${files} files${gone}`;
}

/** `plaza backup` and `plaza restore`: a whole community in one file, and back. */
export function registerBackupCommands(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .description(
      'Write the whole community to one tar file: its key, its database as of one moment, its files. ' +
        'The server may be running. Keep the file secret: the key is in it.',
    )
    .argument('<file>', 'the archive to write; it must not exist')
    .action(async (file: string) => {
      const { settings } = context.loadSettings();
      const identity = await ServerIdentity.load(settings);
      if (identity === undefined) {
        throw new Error(`there is no server key at ${settings.serverKeyFile}: nothing to back up`);
      }
      const written = await context.withDatabase(settings, ({ directUrl: databaseUrl }) =>
        withStorage(settings, context.clock, ({ all: storage }) =>
          backUp(
            { databaseUrl, storage, identity, clock: context.clock },
            context.pathOf(file),
            context.progress(),
          ),
        ),
      );
      context.output.lines([`Backed up ${summary(written)}.`]);
    });
  program
    .command('restore')
    .description(
      'Restore a backup into an empty DATA_DIR, and an empty database if DATABASE_URL is set, and verify it. ' +
        'The server must not run. A restore that fails or is killed can be run again.',
    )
    .argument('<file>', 'an archive made by plaza backup, by this version or an older one')
    .action(async (file: string) => {
      const { settings } = context.loadSettings();
      const existing = await ServerIdentity.load(settings);
      const keepKey = ({ secret }: ServerIdentity): Promise<void> => adoptServerKey(settings, secret);
      const restored = await context.withDatabase(settings, ({ directUrl: databaseUrl }) =>
        withStorage(settings, context.clock, ({ all: storage }) =>
          restore(
            { databaseUrl, storage, existing, clock: context.clock, keepKey },
            context.pathOf(file),
            context.progress(),
          ),
        ),
      );
      context.output.lines([`Restored and verified ${summary(restored)}.`]);
    });
}
