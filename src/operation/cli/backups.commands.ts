import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { type ServerIdentity } from '../../protocol/identity/server-identity.js';
import { counted } from '../../foundation/wording.js';
import { type Settings } from '../../foundation/config/settings.js';
import { type BackupRun, BackupRunsRepository } from '../../records/backups/backup-runs.repository.js';
import { BackupError } from '../backup/archive/backup-error.js';
import { BackupJob } from '../backup/backup-job.service.js';
import { type BackupPlace, type StoredBackup } from '../backup/places/backup-place.js';
import { withBackupPlace } from '../backup/places/open-place.js';
import { verifyArchive } from '../backup/archive/verify-archive.js';
import { passphraseFor } from './backup.commands.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

const RUNS_SHOWN = 5;

interface OpenBackupPlace {
  settings: Settings;
  identity: ServerIdentity;
  place: BackupPlace;
}

/** Runs `work` with the place of BACKUP_TO. */
async function inPlace<T>(context: CommandContext, work: (place: OpenBackupPlace) => Promise<T>): Promise<T> {
  const loaded = context.loadSettings();
  const { settings } = loaded;
  const identity = await context.identityOf(loaded);
  return withBackupPlace(settings, identity.publicKeyHex, (place) => work({ settings, identity, place }));
}

async function find(place: BackupPlace, name: string): Promise<StoredBackup> {
  const found = (await place.list()).find((backup) => backup.name === name);
  if (found) return found;
  throw new BackupError(`there is no backup ${name} in ${place.name}; plaza backups list shows them`);
}

function describe({ name, madeAt, bytes, isSealed }: StoredBackup): string {
  return [name, formatMoment(madeAt), bytes, isSealed ? 'sealed' : 'not sealed'].join('\t');
}

function describeRun({ name, begunAt, machine, bytes, failure, endedAt }: BackupRun): string {
  const outcome =
    bytes === null ? (failure ?? (endedAt === null ? 'under way, or killed' : 'failed')) : 'verified';
  return ['made by itself', name, formatMoment(begunAt), machine, outcome].join('\t');
}

async function list(context: CommandContext, { json }: { json?: true }): Promise<void> {
  const found = await inPlace(context, ({ place }) => place.list());
  const runs = await context.withCommunity((services) =>
    services.get(BackupRunsRepository).latest(RUNS_SHOWN),
  );
  if (json) context.output.json({ backups: found.map(reportOf), attempts: runs.map(runOf) });
  else context.output.lines([...found.map(describe), ...runs.map(describeRun)]);
}

async function check(
  context: CommandContext,
  name: string,
  { passphraseFile }: { passphraseFile?: string },
): Promise<void> {
  const { header, files } = await inPlace(context, async ({ place, settings }) => {
    await find(place, name);
    return verifyArchive(place.read(name, passphraseFor(context, settings, passphraseFile)));
  });
  const rows = header.tables.reduce((sum, table) => sum + table.rows, 0);
  context.output.lines([
    `${name} is whole: ${counted(rows, 'row')} and ${counted(files, 'file')} as of ${formatMoment(header.created_at)}`,
  ]);
}

async function fetchInto(context: CommandContext, name: string, file: string): Promise<void> {
  const path = context.pathOf(file);
  await inPlace(context, async ({ place }) => {
    await find(place, name);
    await copy(place, name, path);
  });
  context.output.lines([`${name} is in ${path}`]);
}

async function makeNow(context: CommandContext): Promise<void> {
  const { name, place, bytes } = await context.withCommunity((services) =>
    services.get(BackupJob).now(context.progress()),
  );
  context.output.lines([`Made and verified ${name} in ${place}: ${bytes} bytes.`]);
}

/** `plaza backups …`: the backups in the place of BACKUP_TO. */
export function registerBackupsCommands(program: Command, context: CommandContext): void {
  const backups = program
    .command('backups')
    .description(
      'List, verify, fetch and make backups in the place of BACKUP_TO, where BACKUP_SCHEDULE puts them.',
    );
  backups
    .command('list')
    .description(
      'List them: name, when it was made, bytes, whether it is sealed; then the latest attempts of the schedule.',
    )
    .option('--json', 'print JSON')
    .action((options: { json?: true }) => list(context, options));
  backups
    .command('check')
    .description('Read a backup to its end and compare all of it with its checksums.')
    .argument('<name>', 'the first column of the list')
    .option('--passphrase-file <file>', 'the passphrase of a sealed one; BACKUP_PASSPHRASE_FILE by default')
    .action((name: string, options: { passphraseFile?: string }) => check(context, name, options));
  backups
    .command('fetch')
    .description('Copy a backup into a file as it is, sealed or not, for plaza restore.')
    .argument('<name>', 'the first column of the list')
    .argument('<file>', 'the file to write; it must not exist')
    .action((name: string, file: string) => fetchInto(context, name, file));
  backups
    .command('now')
    .description('Make one now, verify it, and let the oldest ones go beyond BACKUP_KEEP.')
    .action(() => makeNow(context));
}

async function copy(place: BackupPlace, name: string, path: string): Promise<void> {
  const target = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
  await once(target, 'open');
  try {
    await pipeline(Readable.from(place.raw(name)), target);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

function reportOf({ name, madeAt, bytes, isSealed }: StoredBackup): object {
  return { name, made: madeAt, bytes, sealed: isSealed };
}

function runOf({ name, machine, begunAt, endedAt, bytes, failure }: BackupRun): object {
  return { name, machine, begun: begunAt, ended: endedAt, bytes, failure };
}
