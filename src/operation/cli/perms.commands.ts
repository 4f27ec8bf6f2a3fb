import type { Command } from 'commander';
import { PLAZA } from '../../moderation/access/actor.js';
import { PERMISSIONS, type PermissionName } from '../../moderation/permissions.dto.js';
import { PermissionsService } from '../../moderation/permissions.service.js';
import {
  permissionArgument,
  type PermissionWord,
  roomTokenArgument,
  sessionIdArgument,
} from './arguments.js';
import { type CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';
import { describeFlags } from './user.commands.js';

type Words = Partial<Record<PermissionName, PermissionWord>>;

interface RoomOption {
  room: string;
}

/** `plaza perms …`: what users may do in a room beyond its defaults. */
export function registerPermsCommands(program: Command, context: CommandContext): void {
  const perms = program.command('perms').description('Show and set what users may do in a room.');
  perms
    .command('show')
    .description('Show the roles, bans and permissions of everyone, or of one user, in a room.')
    .argument('[id]', 'Account ID, 05… or 15…', sessionIdArgument)
    .requiredOption('--room <token>', 'the room', roomTokenArgument)
    .option('--json', 'print JSON')
    .action(async (id: string | undefined, { room, json }: RoomOption & { json?: true }) => {
      const views = await context.withCommunity(async (services) => {
        const permissions = services.get(PermissionsService);
        if (id === undefined) return permissions.ofRoom(room, PLAZA);
        return { [id]: await permissions.ofMember(PLAZA, { token: room, sessionId: id }) };
      });
      if (json) context.output.json(views);
      else context.output.lines(Object.entries(views).map(([who, view]) => `${who}\t${describeFlags(view)}`));
    });
  const set = perms
    .command('set')
    .description('Grant, deny or leave to the room’s default what a user may do in a room.')
    .argument('<id>', 'Account ID, 05… or 15…', sessionIdArgument)
    .requiredOption('--room <token>', 'the room', roomTokenArgument);
  for (const name of PERMISSIONS) set.option(`--${name} <value>`, 'on, off or default', permissionArgument);
  set.action(async (sessionId: string, { room, ...words }: RoomOption & Words) => {
    const change = Object.fromEntries(
      Object.entries(words).map(([name, word]) => [name, word === 'default' ? null : word === 'on']),
    );
    if (Object.keys(change).length === 0) {
      throw new UsageError(`say what to set: ${PERMISSIONS.map((name) => `--${name}`).join(', ')}`);
    }
    await context.changeCommunity((tx, services) =>
      services
        .get(PermissionsService)
        .change(tx, PLAZA, { token: room, sessionId }, { change, unschedule: true }),
    );
    const set = Object.entries(words).map(([name, word]) => `${name}=${word}`);
    context.output.lines([`${sessionId} has ${set.join(' ')} in ${room}`]);
  });
}
