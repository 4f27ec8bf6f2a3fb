import type { Command } from 'commander';
import { archiveInFile } from '../backup/archive/archive-source.js';
import { type FillArchive, packArchive, writeArchive } from '../backup/archive/archive-writer.js';
import { backUp, type BackupSummary } from '../backup/backup.js';
import { BackupError } from '../backup/archive/backup-error.js';
import { passphraseOf, readPassphrase } from '../backup/passphrase.js';
import { Sealing } from '../backup/archive/sealed-archive.js';
import { restore } from '../backup/restore.js';
import { withStorage } from '../../files/storage/open-file-storage.js';
import { adoptServerKey } from '../../protocol/identity/server-key.js';
import { ServerIdentity } from '../../protocol/identity/server-identity.js';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { ForbiddenListFile } from '../../files/forbidden-list-file.js';
import { type Settings } from '../../foundation/config/settings.js';
import { counted } from '../../foundation/wording.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { ForbiddenFiles } from '../../moderation/forbidden/forbidden-files.service.js';
import { type ListedFile, readList } from '../../records/files/forbidden-list.js';
import { listInDatabase } from '../backup/forbidden-bytes.js';
import { type CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';

/** Stands for standard output. */
const PIPE = '-';

function summary({ rows, files, missing }: BackupSummary): string {
  const gone = missing === 0 ? '' : `; left out: ${counted(missing, 'file')} that had no bytes any more`;
  return `${counted(rows, 'row')} and ${counted(files, 'file')}${gone}`;
}

/** `plaza backup` and `plaza restore`: a whole community in one file, and back. */
export function registerBackupCommands(program: Command, context: CommandContext): void {
  program
    .command('backup')
    .description(
      'Write the whole community to one tar file: its key, its database as of one moment, its files. ' +
        'The server may be running. Keep the file secret: the key is in it.',
    )
    .argument('<file>', 'the archive to write, which must not exist; - for a pipe')
    .option('--seal', 'encrypt it with the passphrase in BACKUP_PASSPHRASE_FILE')
    .action((file: string, options: BackupOptions) => backUpTo(context, file, options));
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
    .option(
      '--passphrase-file <file>',
      'the passphrase of a sealed archive; BACKUP_PASSPHRASE_FILE by default, or it is asked for',
    )
    .action((file: string, options: RestoreOptions) => restoreFrom(context, file, options));
}

interface BackupOptions {
  seal?: true;
}

async function backUpTo(context: CommandContext, file: string, { seal }: BackupOptions): Promise<void> {
  const loaded = context.loadSettings();
  const { settings } = loaded;
  const identity = await context.identityOf(loaded);
  const through = seal ? [await sealingOf(settings)] : [];
  const write = writerTo(context, file, through);
  const written = await context.withDatabase(loaded, 'only', ({ directUrl: databaseUrl }) =>
    withStorage(settings, context.clock, ({ all: storage }) =>
      backUp({ databaseUrl, storage, identity, clock: context.clock }, write, context.progress()),
    ),
  );
  const done = `Backed up ${summary(written)}.`;
  if (file === PIPE) context.output.note(done);
  else context.output.lines([done]);
}

interface RestoreOptions {
  forbid?: string;
  passphraseFile?: string;
}

async function restoreFrom(
  context: CommandContext,
  file: string,
  { forbid, passphraseFile }: RestoreOptions,
): Promise<void> {
  const loaded = context.loadSettings();
  const { settings } = loaded;
  const listed = await forbiddenOf(context, settings, forbid);
  const existing = await ServerIdentity.load(settings);
  const keepKey = ({ secret }: ServerIdentity): Promise<void> => adoptServerKey(settings, secret);
  const archive = archiveInFile(context.pathOf(file), passphraseFor(context, settings, passphraseFile));
  const restored = await context.withDatabase(loaded, 'make', ({ directUrl: databaseUrl }) =>
    withStorage(settings, context.clock, async ({ all: storage }) => {
      const forbidden = [...listed, ...(await listInDatabase(databaseUrl))];
      const target = { databaseUrl, storage, existing, clock: context.clock, keepKey, forbidden };
      return restore(target, archive, context.progress());
    }),
  );
  const removed = await context.withCommunity((services) => services.get(ForbiddenFiles).removeCopies(PLAZA));
  const left = `${counted(removed.files, 'file')} and ${counted(removed.messages, 'message')}`;
  context.output.lines([
    `Restored and verified ${summary(restored)}.`,
    ...(removed.files > 0 ? [`Left out what is forbidden: ${left}.`] : []),
  ]);
}

async function sealingOf(settings: Settings): Promise<Sealing> {
  const passphrase = await passphraseOf(settings);
  if (passphrase !== undefined) return Sealing.open(passphrase);
  throw new UsageError('--seal takes a passphrase: set BACKUP_PASSPHRASE_FILE to a file with one');
}

/** Writes an archive to a file, or to standard output for a pipe; throws UsageError where a person would see it. */
function writerTo(
  context: CommandContext,
  file: string,
  through: readonly Sealing[],
): (fill: FillArchive) => Promise<void> {
  if (file === PIPE) {
    if (context.output.isTerminal) {
      throw new UsageError('an archive is not for a terminal: send it through a pipe');
    }
    return (fill) => packArchive(fill, [...through, context.output.unending()]);
  }
  const path = context.pathOf(file);
  return async (fill) => {
    if (existsSync(path)) throw new BackupError(`${path} exists already and is not overwritten`);
    await writeArchive(path, fill, { through });
  };
}

/** The passphrase of a sealed archive: that of an option, of the settings, or what a person types. */
export function passphraseFor(
  context: CommandContext,
  settings: Settings,
  option: string | undefined,
): () => Promise<string> {
  return async () => {
    const file = option === undefined ? settings.backupPassphraseFile : context.pathOf(option);
    if (file !== undefined) return readPassphrase(file);
    if (context.ask) return context.ask('Passphrase of the backup: ');
    throw new UsageError('the backup is sealed: give its passphrase by --passphrase-file FILE');
  };
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
