import type { Command } from 'commander';
import { PLAZA } from '../../moderation/access/actor.js';
import { type RoleChange } from '../../moderation/roles.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { RolesService } from '../../moderation/roles.service.js';
import { PeopleListRepository, type ListedRole } from '../../records/people/people-list.repository.js';
import {
  isOnePerson,
  peopleAre,
  scopeText,
  roomTokenArgument,
  type ScopeOptions,
  scopeOfOptions,
  sessionIdArguments,
  withScope,
} from './arguments.js';
import { type CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';

interface AppointOptions extends ScopeOptions {
  admin?: true;
  visible?: true;
  hidden?: true;
}

function visibilityOf({ visible, hidden }: AppointOptions): boolean | null {
  if (visible && hidden) throw new UsageError('a role is either --visible or --hidden');
  if (visible) return true;
  return hidden ? false : null;
}

async function changeRoles(
  context: CommandContext,
  targets: readonly string[],
  options: ScopeOptions,
  change: RoleChange,
): Promise<void> {
  const scope = scopeOfOptions(options);
  await context.changeCommunity((tx, services) =>
    services.get(RolesService).change(tx, PLAZA, { targets, scope, change }),
  );
  const role = change.admin ? 'admin' : 'moderator';
  const now = change.moderator ? `${role}${isOnePerson(targets) ? '' : 's'}` : 'no moderator any more';
  context.output.lines([`${peopleAre(targets)} ${now} ${scopeText(scope)}`]);
}

function reportOf({ room, sessionId, ...role }: ListedRole): object {
  return { room, session_id: sessionId, ...role };
}

function describe({ room, sessionId, admin, visible }: ListedRole): string {
  const role = `${admin ? 'admin' : 'moderator'}, ${visible ? 'visible' : 'hidden'}`;
  return [room ?? '-', sessionId, role].join('\t');
}

async function list(context: CommandContext, { room, json }: { room?: string; json?: true }): Promise<void> {
  const roles = await context.withCommunity(async (services) => {
    const isUnknown = room !== undefined && !(await services.get(RoomsRepository).find(room));
    if (isUnknown) throw new ProtocolError('room_not_found');
    return services.get(PeopleListRepository).roles();
  });
  const isMeant = (role: ListedRole): boolean =>
    room === undefined || role.room === null || role.room.toLowerCase() === room.toLowerCase();
  const shown = roles.filter(isMeant);
  if (json) context.output.json(shown.map(reportOf));
  else context.output.lines(shown.map(describe));
}

/** `plaza mod …`: appoints moderators and admins and dismisses them, whether the server runs or not. */
export function registerModCommands(program: Command, context: CommandContext): void {
  const mod = program.command('mod').description('Appoint and dismiss moderators and admins.');
  withScope(mod.command('add'))
    .description('Appoint moderators or admins: all of them, or none when one can’t be.')
    .argument('<ids...>', 'Account IDs, 05… or 15…', sessionIdArguments)
    .option('--admin', 'as admins')
    .option('--visible', 'shown to everyone (default in a room)')
    .option('--hidden', 'shown to staff only (default with --global)')
    .action((ids: string[], options: AppointOptions) =>
      changeRoles(context, ids, options, {
        moderator: true,
        admin: options.admin ?? null,
        visible: visibilityOf(options),
      }),
    );
  withScope(mod.command('remove'))
    .description('Take the roles of moderators and admins.')
    .argument('<ids...>', 'Account IDs, 05… or 15…', sessionIdArguments)
    .action((ids: string[], options: ScopeOptions) =>
      changeRoles(context, ids, options, { moderator: false, admin: null, visible: null }),
    );
  mod
    .command('list')
    .description('List moderators and admins: room, or - for the whole server, Account ID, role.')
    .option('--room <token>', 'those who act in this room, the server’s included', roomTokenArgument)
    .option('--json', 'print JSON')
    .action((options: { room?: string; json?: true }) => list(context, options));
}
