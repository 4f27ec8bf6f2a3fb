import { open, readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { unsealFile } from '../../files/preserved/sealed-file.js';
import { counted } from '../../foundation/wording.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { ForbiddenFiles, type ForbidReport } from '../../moderation/forbidden/forbidden-files.service.js';
import { loadSodium } from '../../protocol/crypto/sodium.js';
import {
  type ForbiddenFile,
  ForbiddenFilesRepository,
} from '../../records/files/forbidden-files.repository.js';
import { exportedList, type ListedFile, readList, SHA256 } from '../../records/files/forbidden-list.js';
import { idArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';
import { UsageError } from './usage-error.js';

const KEY_BYTES = 32;

const FORBID_DESCRIPTION = `Forbid files for ever, by the ids of files that are here or by the SHA-256 of their bytes.
All copies are removed from all rooms and places, with the messages that show them, and nobody can upload them again.
What looks like one of their pictures waits for a moderator.`;

/** Files as arguments name them. */
interface NamedFiles {
  ids: number[];
  hashes: ListedFile[];
}

function fileArguments(text: string, earlier: NamedFiles = { ids: [], hashes: [] }): NamedFiles {
  if (SHA256.test(text)) {
    return { ...earlier, hashes: [...earlier.hashes, { sha256: hashArgument(text), pictureHash: null }] };
  }
  return { ...earlier, ids: [...earlier.ids, idArgument(text)] };
}

function hashArgument(text: string): Buffer {
  if (SHA256.test(text)) return Buffer.from(text, 'hex');
  throw new UsageError(`a hash is 64 hex digits, not ${JSON.stringify(text)}`);
}

function hashArguments(text: string, earlier: readonly Buffer[] = []): Buffer[] {
  return [...earlier, hashArgument(text)];
}

function describe({ sha256, pictureHash, forbiddenAt }: ForbiddenFile): string {
  return `${sha256.toString('hex')}\t${formatMoment(forbiddenAt)}\t${pictureHash ? 'picture' : '-'}`;
}

function describeReport({ forbidden, files, messages }: ForbidReport): string {
  const removed = `${counted(files, 'file')} and ${counted(messages, 'message')} removed`;
  return `${counted(forbidden.length, 'file')} forbidden; ${removed}.`;
}

async function forbidAll(
  context: CommandContext,
  { ids = [], hashes = [] }: Partial<NamedFiles>,
  { list, json }: { list?: string; json?: true },
): Promise<void> {
  if (ids.length + hashes.length === 0 && list === undefined) {
    throw new UsageError('say which: ids, hashes or --list FILE');
  }
  const listed = list === undefined ? [] : await listIn(context, list);
  const report = await context.withCommunity((services) =>
    forbid(services.get(ForbiddenFiles), ids, [...hashes, ...listed]),
  );
  if (json) context.output.json(report);
  else context.output.lines([describeReport(report)]);
}

async function allow(context: CommandContext, hashes: Buffer[]): Promise<void> {
  const allowed = await context.changeCommunity((tx, services) =>
    services.get(ForbiddenFiles).allow(tx, { actor: PLAZA }, hashes),
  );
  if (allowed.length < hashes.length) context.output.problem('some of them were not forbidden');
  context.output.lines([`${counted(allowed.length, 'file')} allowed.`]);
}

/** `plaza file …`: files that nobody may upload again. */
export function registerFileCommands(program: Command, context: CommandContext): void {
  const file = program
    .command('file')
    .description('Forbid files for ever, allow them again, and open what was preserved.');
  file
    .command('forbid')
    .description(FORBID_DESCRIPTION)
    .argument('[files...]', 'ids of files, or SHA-256 in hex', fileArguments)
    .option('--list <file>', 'a list that plaza file forbidden --json has written, or SHA-256 on lines')
    .option('--json', 'print JSON')
    .action((named: Partial<NamedFiles>, options: { list?: string; json?: true }) =>
      forbidAll(context, named, options),
    );
  file
    .command('forbidden')
    .description('List forbidden files: SHA-256, since when, whether similar pictures are held.')
    .option('--json', 'print JSON, which --list takes')
    .action(async ({ json }: { json?: true }) => {
      const list = await context.withCommunity((services) => services.get(ForbiddenFilesRepository).all());
      if (json) context.output.json(exportedList(list));
      else context.output.lines(list.map(describe));
    });
  file
    .command('allow')
    .description('Let files be uploaded again; what was removed does not come back.')
    .argument('<hashes...>', 'SHA-256 in hex', hashArguments)
    .action((hashes: Buffer[]) => allow(context, hashes));
  registerPreservationCommands(file, context);
}

function registerPreservationCommands(file: Command, context: CommandContext): void {
  file
    .command('key')
    .description(
      'Make a pair of keys for ABUSE_PRESERVE: the secret one goes into a new file, to be kept elsewhere.',
    )
    .argument('<file>', 'the file for the secret key; it must not exist')
    .action(async (path: string) => {
      const sodium = await loadSodium();
      const secret = sodium.randomBytes(KEY_BYTES);
      await writeFile(context.pathOf(path), `${secret.toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
      const publicKey = sodium.x25519PublicKey(secret).toString('hex');
      context.output.lines([`ABUSE_PRESERVE_KEY=${publicKey}`]);
      context.output.problem(`the secret key is in ${path}: take it off this machine`);
    });
  file
    .command('unseal')
    .description('Open a preserved file, on a machine that has the secret key; prints where it came from.')
    .argument('<sealed>', 'the file from DATA_DIR/preserved')
    .requiredOption('--key <file>', 'the secret key')
    .requiredOption('--to <file>', 'the file to write; it must not exist')
    .action(async (sealed: string, { key, to }: { key: string; to: string }) => {
      const secret = Buffer.from((await readFile(context.pathOf(key), 'utf8')).trim(), 'hex');
      if (secret.length !== KEY_BYTES) throw new UsageError(`${key} is no key that plaza file key has made`);
      const source = await open(context.pathOf(sealed), 'r');
      const target = await open(context.pathOf(to), 'wx', 0o600);
      try {
        const write = (piece: Buffer): Promise<void> => target.writeFile(piece);
        context.output.json(await unsealFile(await loadSodium(), secret, source, write));
      } finally {
        await source.close();
        await target.close();
      }
    });
}

async function forbid(
  service: ForbiddenFiles,
  ids: readonly number[],
  listed: readonly ListedFile[],
): Promise<ForbidReport> {
  const by = { actor: PLAZA } as const;
  const ofIds = await service.forbid(by, ids);
  const ofList = await service.forbidListed(by, listed);
  return {
    forbidden: [...ofIds.forbidden, ...ofList.forbidden],
    files: ofIds.files + ofList.files,
    messages: ofIds.messages + ofList.messages,
  };
}

async function listIn(context: CommandContext, path: string): Promise<ListedFile[]> {
  return readList(await readFile(context.pathOf(path), 'utf8'));
}
