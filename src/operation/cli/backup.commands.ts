import { resolve } from 'node:path';
import type { Command } from 'commander';
import { backUp, type BackupSummary } from '../backup/backup.js';
import { restore } from '../backup/restore.js';
import { Clock } from '../../foundation/clock.js';
import { loadSettings } from '../../foundation/config/load-settings.js';
import { openLocalFileStorage } from '../../files/storage/open-local-file-storage.js';
import { keepServerKey } from '../../protocol/identity/server-key-file.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { withDatabase } from './command-context.js';
import { printLines } from './output.js';
import { TerminalProgress } from './terminal-progress.js';

function summary({ rows, files, missing }: BackupSummary): string {
  const gone = missing === 0 ? '' : `; ${missing} files had no bytes any more and are left out`;
  return `${rows} rows and ${files} files${gone}`;
}

/** `plaza backup` and `plaza restore`: a whole community in one file, and back. */
export function registerBackupCommands(program: Command): void {
  const clock = new Clock();
  program
    .command('backup')
    .description(
      'Write the whole community to one tar file: its key, its database as of one moment, its files. ' +
        'The server may be running. Keep the file secret: the key is in it.',
    )
    .argument('<file>', 'the archive to write; it must not exist')
    .action(async (file: string) => {
      const { settings } = loadSettings();
      const identity = await ServerIdentity.load(settings.serverKeyFile);
      if (identity === undefined) {
        throw new Error(`there is no server key at ${settings.serverKeyFile}: nothing to back up`);
      }
      const storage = await openLocalFileStorage(settings, clock);
      const written = await withDatabase(settings, (databaseUrl) =>
        backUp({ databaseUrl, storage, identity, clock }, resolve(file), new TerminalProgress()),
      );
      printLines([`Backed up ${summary(written)}.`]);
    });
  program
    .command('restore')
    .description(
      'Restore a backup into an empty DATA_DIR, and an empty database if DATABASE_URL is set, and verify it. ' +
        'The server must not run. A restore that fails or is killed can be run again.',
    )
    .argument('<file>', 'an archive made by plaza backup, by this version or an older one')
    .action(async (file: string) => {
      const { settings } = loadSettings();
      const existing = await ServerIdentity.load(settings.serverKeyFile);
      const storage = await openLocalFileStorage(settings, clock);
      const restored = await withDatabase(settings, (databaseUrl) => {
        const keepKey = ({ secret }: ServerIdentity): Promise<void> =>
          keepServerKey(settings.serverKeyFile, secret);
        return restore(
          { databaseUrl, storage, existing, clock, keepKey },
          resolve(file),
          new TerminalProgress(),
        );
      });
      printLines([`Restored and verified ${summary(restored)}.`]);
    });
}
