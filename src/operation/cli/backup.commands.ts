import type { Command } from 'commander';
import { backUp, type BackupSummary } from '../backup/backup.js';
import { restore } from '../backup/restore.js';
import { withStorage } from '../../files/storage/open-file-storage.js';
import { adoptServerKey } from '../../protocol/identity/server-key.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { readFile } from 'node:fs/promises';
import { ForbiddenListFile } from '../../files/forbidden-list-file.js';
import { type Settings } from '../../foundation/config/settings.js';
import { counted } from '../../foundation/wording.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { ForbiddenFiles } from '../../moderation/forbidden/forbidden-files.service.js';
import { type ListedFile, readList } from '../../records/files/forbidden-list.js';
import { listInDatabase } from '../backup/forbidden-bytes.js';
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
      const loaded = context.loadSettings();
      const { settings } = loaded;
      const identity = await context.identityOf(loaded);
      const written = await context.withDatabase(loaded, 'only', ({ directUrl: databaseUrl }) =>
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
    .option(
      '--forbid <list>',
      'a list of forbidden files whose bytes are not restored, beside forbidden-files.json in DATA_DIR',
    )
    .action(async (file: string, { forbid }: { forbid?: string }) => {
      const loaded = context.loadSettings();
      const { settings } = loaded;
      const listed = await forbiddenOf(context, settings, forbid);
      const existing = await ServerIdentity.load(settings);
      const keepKey = ({ secret }: ServerIdentity): Promise<void> => adoptServerKey(settings, secret);
      const restored = await context.withDatabase(loaded, 'make', ({ directUrl: databaseUrl }) =>
        withStorage(settings, context.clock, async ({ all: storage }) =>
          restore(
            {
              databaseUrl,
              storage,
              existing,
              clock: context.clock,
              keepKey,
              forbidden: [...listed, ...(await listInDatabase(databaseUrl))],
            },
            context.pathOf(file),
            context.progress(),
          ),
        ),
      );
      const removed = await context.withCommunity((services) =>
        services.get(ForbiddenFiles).removeCopies(PLAZA),
      );
      context.output.lines([
        `Restored and verified ${summary(restored)}.`,
        ...(removed.files > 0
          ? [
              `Left out what is forbidden: ${counted(removed.files, 'file')} and ${counted(removed.messages, 'message')}.`,
            ]
          : []),
      ]);
    });
}

/** The installation's list in DATA_DIR, and the one that an option names. */
async function forbiddenOf(
  context: CommandContext,
  { dataDir }: Settings,
  option: string | undefined,
): Promise<ListedFile[]> {
  const kept = await new ForbiddenListFile(dataDir).read();
  return option === undefined ? kept : [...kept, ...readList(await readFile(context.pathOf(option), 'utf8'))];
}
