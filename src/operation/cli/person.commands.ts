import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { counted } from '../../foundation/wording.js';
import { type Scope } from '../../moderation/scope.js';
import { type BanImport, BanListService } from '../person/ban-list.service.js';
import { type Erasure, PersonService } from '../person/person.service.js';
import { type ScopeOptions, scopeOfOptions, sessionIdArgument, withScope } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';

const EXPORT_DESCRIPTION = `Write all that the server knows of someone as JSON Lines: the table and the row.
Times are unix seconds, bytes are in hex. Rows of the log name the staff who acted: look before you hand them out.`;
const ERASE_DESCRIPTION = `Erase someone: messages and what they said before, reactions, files, direct messages that they sent or
received, visits, roles, notes, reports and all else, in all rooms. It can't be undone, and backups keep what they have.`;

interface BansOptions extends ScopeOptions {
  export?: string;
  import?: string;
  json?: true;
}

function describeErasure({ people, messages, reactions, files, mentions }: Erasure): string[] {
  const erased = [
    counted(people, 'ID'),
    counted(messages, 'message'),
    counted(reactions, 'reaction'),
    counted(files, 'file'),
  ];
  return [
    `Erased: ${erased.join(', ')}.`,
    ...(mentions.length > 0 ? [`Messages of others that name the ID stay: ${mentions.join(', ')}`] : []),
  ];
}

function problemsOf({ blinded, withoutRoom, protected: spared }: BanImport): string[] {
  return [
    ...(blinded > 0
      ? [`skipped ${counted(blinded, 'blinded ID')} of another server, under which nobody is known here`]
      : []),
    ...(withoutRoom > 0 ? [`skipped ${counted(withoutRoom, 'ban')} of rooms that are not here`] : []),
    ...(spared > 0
      ? [`skipped ${counted(spared, 'person', 'people')} of the staff, who can’t be banned`]
      : []),
  ];
}

interface EraseOptions {
  keepBans?: true;
  yes?: true;
  json?: true;
}

async function erase(
  context: CommandContext,
  id: string,
  { keepBans, yes, json }: EraseOptions,
): Promise<void> {
  if (!yes) throw new UsageError('this erases everything of that person for ever; add --yes to do it');
  const erasure = await context.withCommunity((services) =>
    services.get(PersonService).erase(id, keepBans === true),
  );
  if (json) context.output.json(erasure);
  else context.output.lines(describeErasure(erasure));
}

async function exportBans(context: CommandContext, path: string): Promise<void> {
  const list = await context.withCommunity((services) => services.get(BanListService).export());
  await writeFile(path, `${JSON.stringify(list, null, 1)}\n`, { flag: 'wx', mode: 0o600 });
  context.output.lines([`Wrote bans of ${counted(list.bans.length, 'person', 'people')}.`]);
}

/** @param scope where people are banned; where the file says if undefined */
async function importBans(
  context: CommandContext,
  path: string,
  scope: Scope | undefined,
  json: true | undefined,
): Promise<void> {
  const text = await readFile(path, 'utf8');
  const result = await context.withCommunity((services) => services.get(BanListService).import(text, scope));
  if (json) context.output.json(result);
  else context.output.lines([`${result.banned} banned, ${result.known} were banned already.`]);
  for (const problem of problemsOf(result)) context.output.problem(problem);
}

async function moveBans(
  context: CommandContext,
  { export: to, import: from, json, ...scope }: BansOptions,
): Promise<void> {
  const isScoped = scope.room !== undefined || scope.global;
  if (to !== undefined && from === undefined) {
    if (isScoped) throw new UsageError('--room and --global go with --import');
    await exportBans(context, context.pathOf(to));
  } else if (from !== undefined && to === undefined) {
    await importBans(context, context.pathOf(from), isScoped ? scopeOfOptions(scope) : undefined, json);
  } else throw new UsageError('either --export or --import');
}

/** `plaza user export`, `erase` and `bans`. */
export function registerPersonCommands(user: Command, context: CommandContext): void {
  user
    .command('export')
    .description(EXPORT_DESCRIPTION)
    .argument('<id>', 'Account ID, 05… or 15…', sessionIdArgument)
    .action((id: string) =>
      context.withCommunity((services) => context.output.jsonLines(services.get(PersonService).export(id))),
    );
  user
    .command('erase')
    .description(ERASE_DESCRIPTION)
    .argument('<id>', 'Account ID, 05… or 15…; with 05… every form of it is found', sessionIdArgument)
    .option('--keep-bans', 'keep the ID for the bans that hold, and nothing else')
    .option('--yes', 'really do it')
    .option('--json', 'print JSON')
    .action((id: string, options: EraseOptions) => erase(context, id, options));
  withScope(user.command('bans'))
    .description('Export all bans to a file, or ban the people of such a file, as it says or where you say.')
    .option('--export <file>', 'the file to write; it must not exist')
    .option('--import <file>', 'a file that another community, or this one, has written')
    .option('--json', 'print JSON')
    .action((options: BansOptions) => moveBans(context, options));
}
