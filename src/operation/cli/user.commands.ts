import { type Command, Option } from 'commander';
import { CleanUpService } from '../../messages/clean-up.service.js';
import { durationText } from '../../foundation/duration.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { BansService } from '../../moderation/bans.service.js';
import { type TrustReport } from '../../moderation/trust-report.js';
import { type UserReport, UserReportService } from '../../moderation/user-report.service.js';
import { type Scope } from '../../moderation/scope.js';
import { NO_END } from '../../records/users/user.js';
import {
  momentArgument,
  peopleAre,
  scopeText,
  type ScopeOptions,
  scopeOfOptions,
  secondsArgument,
  sessionIdArgument,
  sessionIdArguments,
  withScope,
} from './arguments.js';
import { cleanUpDone, cleanUpPreview } from './clean-up-texts.js';
import { registerUserList } from './user-list.commands.js';
import { type CommandContext } from './command-context.js';
import { registerMarkCommands } from './mark.commands.js';
import { formatMoment } from './output.js';
import { registerPersonCommands } from './person.commands.js';
import { UsageError } from './usage-error.js';

function globalStanding({ banned, global_moderator, global_admin, visible }: UserReport): string {
  if (banned) return 'banned';
  if (!global_moderator) return 'none';
  return `${global_admin ? 'admin' : 'moderator'}, ${visible ? 'visible' : 'hidden'}`;
}

function describe(report: UserReport): string[] {
  return [
    `session_id: ${report.session_id}`,
    `created: ${formatMoment(report.created_at)}`,
    `last active: ${formatMoment(report.last_active_at)}`,
    `global: ${globalStanding(report)}`,
    ...markLines(report),
    ...Object.entries(report.rooms).map(([token, view]) => `room ${token}: ${describeFlags(view)}`),
    ...Object.entries(report.trust).map(([token, trust]) => `trust ${token}: ${describeTrust(trust)}`),
    ...report.scheduled.map(
      ({ room, at, ...flags }) => `at ${formatMoment(at)} ${room ?? 'global'}: ${describeFlags(flags)}`,
    ),
  ];
}

function markLines({ marks }: UserReport): string[] {
  const flags = describeFlags(marks);
  return flags === '' ? [] : [`everywhere: ${flags}`];
}

function describeTrust({ level, by, missing }: TrustReport): string {
  return `${level}, by ${by}${missing === null ? '' : `; for more: ${missing}`}`;
}

function describeFlag(value: unknown): string {
  if (typeof value !== 'number') return value === true ? 'on' : 'off';
  return value === NO_END ? 'for good' : formatMoment(value);
}

/** `{ write: false, moderator: true }` as `write=off moderator=on`. */
export function describeFlags(flags: object): string {
  return Object.entries(flags)
    .map(([name, value]) => `${name}=${describeFlag(value)}`)
    .join(' ');
}

interface BanOptions extends ScopeOptions {
  /** Seconds. */
  for?: number;
  timeout?: number;
  /** Unix seconds. */
  since?: number;
  delete?: true;
  yes?: true;
  json?: true;
}

/** Bans everybody first seen since a moment, or says what that would do. */
async function banNewcomers(context: CommandContext, since: number, options: BanOptions): Promise<void> {
  const cleanUp = { room: options.room ?? null, erase: options.delete === true, actor: PLAZA };
  const isDone = options.yes === true;
  const report = await context.withCommunity(async (services) => {
    const cleaner = services.get(CleanUpService);
    const people = await cleaner.newcomers(since, cleanUp.room);
    return isDone ? cleaner.banAll(people, cleanUp) : cleaner.preview(people, cleanUp);
  });
  if (options.json) context.output.json({ done: isDone, ...report });
  else context.output.lines([isDone ? cleanUpDone(report) : cleanUpPreview(report)]);
}

/** Bans people by their IDs. */
async function banByIds(
  context: CommandContext,
  targets: readonly string[],
  scope: Scope,
  { timeout, for: time, ...options }: BanOptions,
): Promise<void> {
  if (targets.length === 0) throw new UsageError('say who: Account IDs, or --since');
  if (options.delete || options.yes || options.json) {
    throw new UsageError('--delete, --yes and --json go with --since');
  }
  const seconds = time ?? timeout ?? null;
  await context.changeCommunity((tx, services) =>
    services.get(BansService).banAll(tx, PLAZA, { targets, scope, timeout: seconds }),
  );
  const until = seconds === null ? '' : ` for ${durationText(seconds)}`;
  context.output.lines([`${peopleAre(targets)} banned ${scopeText(scope)}${until}`]);
}

async function unban(
  context: CommandContext,
  targets: readonly string[],
  options: ScopeOptions,
): Promise<void> {
  const scope = scopeOfOptions(options);
  await context.changeCommunity((tx, services) =>
    services.get(BansService).unbanAll(tx, PLAZA, { targets, scope }),
  );
  context.output.lines([`${peopleAre(targets)} not banned ${scopeText(scope)} any more`]);
}

function registerShow(user: Command, context: CommandContext): void {
  user
    .command('show')
    .description(
      'Show what the server knows of someone: roles, bans, mutes, permissions, trust, what is scheduled.',
    )
    .argument('<id>', 'Account ID, 05… or 15…', sessionIdArgument)
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { json?: true }) => {
      const report = await context.withCommunity((services) => services.get(UserReportService).report(id));
      if (json) context.output.json(report);
      else context.output.lines(describe(report));
    });
}

function registerBans(user: Command, context: CommandContext): void {
  withScope(user.command('ban'))
    .description('Ban people; a ban from a room takes their role in it. With --since: everybody who is new.')
    .argument(
      '[ids...]',
      'Account IDs, 05… or 15…; all of them, or nobody when one can’t be',
      sessionIdArguments,
    )
    .option('--for <time>', 'for so long, such as 30m, 4h or 7d (default: for good)', secondsArgument)
    .addOption(new Option('--timeout <time>', 'as --for').argParser(secondsArgument).hideHelp())
    .option(
      '--since <when>',
      'everybody first seen since then, such as 10m, but no staff; asks for --yes',
      momentArgument(context.clock),
    )
    .option('--delete', 'with --since: delete what they have left there, too')
    .option('--yes', 'with --since: do it, instead of saying what would be done')
    .option('--json', 'with --since: print JSON')
    .action(async (targets: string[] = [], options: BanOptions) => {
      const scope = scopeOfOptions(options);
      const { since, timeout, for: time } = options;
      if (since === undefined) return banByIds(context, targets, scope, options);
      if (targets.length > 0 || (time ?? timeout) !== undefined) {
        throw new UsageError('--since goes without an ID and without --for');
      }
      return banNewcomers(context, since, options);
    });
  withScope(user.command('unban'))
    .description('Lift bans of people.')
    .argument('<ids...>', 'Account IDs, 05… or 15…', sessionIdArguments)
    .action((targets: string[], options: ScopeOptions) => unban(context, targets, options));
}

/** `plaza user …`: looks someone up, bans and unbans them, whether the server runs or not. */
export function registerUserCommands(program: Command, context: CommandContext): void {
  const user = program
    .command('user')
    .description('Look someone up, ban, mute, shadow and trust them, and take that back.');
  registerShow(user, context);
  registerBans(user, context);
  registerUserList(user, context);
  registerMarkCommands(user, context);
  registerPersonCommands(user, context);
}
