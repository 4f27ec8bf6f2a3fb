import type { Command } from 'commander';
import { PLAZA } from '../moderation/actor.js';
import { BansService } from '../moderation/bans.service.js';
import { type UserReport, UserReportService } from '../moderation/user-report.service.js';
import { type ScopeOptions, scopeOf, secondsArgument, sessionIdArgument, withScope } from './arguments.js';
import { changeCommunity, withCommunity } from './command-context.js';
import { formatMoment, printJson, printLines } from './output.js';

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
    ...Object.entries(report.rooms).map(([token, view]) => `room ${token}: ${describeFlags(view)}`),
    ...report.scheduled.map(
      ({ room, at, ...flags }) => `at ${formatMoment(at)} ${room ?? 'global'}: ${describeFlags(flags)}`,
    ),
  ];
}

/** `{ write: false, moderator: true }` as `write=off moderator=on`. */
export function describeFlags(flags: object): string {
  return Object.entries(flags)
    .map(([name, value]) => `${name}=${value === true ? 'on' : 'off'}`)
    .join(' ');
}

/** `plaza user …`: looks someone up, bans and unbans them, whether the server runs or not. */
export function registerUserCommands(program: Command): void {
  const user = program.command('user').description('Look someone up, ban and unban them.');
  user
    .command('show')
    .description('Show what the server knows of someone: roles, bans, permissions, what is scheduled.')
    .argument('<id>', 'Session ID, 05… or 15…', sessionIdArgument)
    .option('--json', 'print JSON')
    .action(async (id: string, { json }: { json?: true }) => {
      const report = await withCommunity((services) => services.get(UserReportService).report(id));
      if (json) printJson(report);
      else printLines(describe(report));
    });
  withScope(user.command('ban'))
    .description('Ban someone; a ban from a room takes their role in it.')
    .argument('<id>', 'Session ID, 05… or 15…', sessionIdArgument)
    .option('--timeout <seconds>', 'for so long (default: for good)', secondsArgument)
    .action(
      async (
        sessionId: string,
        { timeout = null, ...options }: ScopeOptions & { timeout?: number | null },
      ) => {
        const ban = { sessionId, scope: scopeOf(options), timeout };
        await changeCommunity((tx, services) => services.get(BansService).ban(tx, PLAZA, ban));
      },
    );
  withScope(user.command('unban'))
    .description('Lift someone’s ban.')
    .argument('<id>', 'Session ID, 05… or 15…', sessionIdArgument)
    .action(async (sessionId: string, options: ScopeOptions) => {
      const ban = { sessionId, scope: scopeOf(options) };
      await changeCommunity((tx, services) => services.get(BansService).unban(tx, PLAZA, ban));
    });
}
