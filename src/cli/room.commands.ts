import type { Command } from 'commander';
import { RoomsService } from '../rooms/rooms.service.js';
import { roomTokenArgument } from './arguments.js';
import { withCommunity } from './command-context.js';
import { printJson, printLines } from './output.js';
import { UsageError } from './usage-error.js';

/** `plaza room …`: adds, lists and deletes rooms, whether the server runs or not. */
export function registerRoomCommands(program: Command): void {
  const room = program.command('room').description('Add, list and delete rooms.');
  room
    .command('add')
    .description('Add a room; it is open to everyone.')
    .argument('<token>', 'its name in the URL: 1 to 64 of A-Z a-z 0-9 _ -', roomTokenArgument)
    .option('--name <name>', 'its name as members see it (default: the token)')
    .option('--description <text>', 'what it is about')
    .action((token: string, options: { name?: string; description?: string }) =>
      withCommunity((services) => services.get(RoomsService).create({ token, ...options })),
    );
  room
    .command('list')
    .description('List the rooms.')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const rooms = await withCommunity((services) => services.get(RoomsService).all());
      if (json) printJson(rooms.map(({ token, name, description }) => ({ token, name, description })));
      else printLines(rooms.map(({ token, name }) => `${token}\t${name}`));
    });
  room
    .command('delete')
    .description('Delete a room with all its messages.')
    .argument('<token>', 'the room', roomTokenArgument)
    .option('--yes', 'really do it')
    .action(async (token: string, { yes }: { yes?: true }) => {
      if (!yes) throw new UsageError(`this deletes ${token} and all its messages; add --yes to do it`);
      await withCommunity((services) => services.get(RoomsService).delete(token));
    });
}
