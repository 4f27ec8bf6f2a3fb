import type { Command } from 'commander';
import { RoomExportService } from '../room-export/room-export.service.js';
import { RoomsService } from '../../rooms/rooms.service.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { type RoomProperties } from '../../records/rooms/room.js';
import { RoomUpdateService } from '../../rooms/room-update.service.js';
import { roomDescriptionArgument, roomNameArgument, roomTokenArgument, switchArgument } from './arguments.js';
import { changeCommunity, withCommunity } from './command-context.js';
import { printJson, printJsonLines, printLines } from './output.js';
import { UsageError } from './usage-error.js';

/** `plaza room …`: adds, lists, changes and deletes rooms, whether the server runs or not. */
export function registerRoomCommands(program: Command): void {
  const room = program.command('room').description('Add, list, change and delete rooms.');
  room
    .command('add')
    .description('Add a room; it is open to everyone.')
    .argument('<token>', 'its name in the URL: 1 to 64 of A-Z a-z 0-9 _ -', roomTokenArgument)
    .option('--name <name>', 'its name as members see it (default: the token)', roomNameArgument)
    .option('--description <text>', 'what it is about', roomDescriptionArgument)
    .action((token: string, options: { name?: string; description?: string | null }) =>
      changeCommunity((tx, services) => services.get(RoomsService).create(tx, { token, ...options })),
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
    .command('set')
    .description('Change a room’s name, description and what everyone may do in it.')
    .argument('<token>', 'the room', roomTokenArgument)
    .option('--name <name>', 'its name as members see it', roomNameArgument)
    .option('--description <text>', 'what it is about; empty for none', roomDescriptionArgument)
    .option('--default-read <on|off>', 'whether everyone may read', switchArgument)
    .option('--default-accessible <on|off>', 'whether everyone may know of it', switchArgument)
    .option('--default-write <on|off>', 'whether everyone may post', switchArgument)
    .option('--default-upload <on|off>', 'whether everyone who may post may upload', switchArgument)
    .action(async (token: string, changes: Partial<RoomProperties>) => {
      if (Object.keys(changes).length === 0) throw new UsageError('say what to change; --help lists it');
      await changeCommunity((tx, services) =>
        services.get(RoomUpdateService).update(tx, PLAZA, token, changes),
      );
    });
  room
    .command('export')
    .description(
      'Write a room to standard output as JSON Lines: the room, then every message by id, whispers and what is left ' +
        'of deleted ones included. "data" and "signature" are base64 of what was posted and signed, "text" what it ' +
        'says; "reactions" name who reacted and when; times are unix seconds. plaza backup keeps the files.',
    )
    .argument('<token>', 'the room', roomTokenArgument)
    .action((token: string) =>
      withCommunity((services) => printJsonLines(services.get(RoomExportService).lines(token))),
    );
  room
    .command('delete')
    .description('Delete a room with all its messages.')
    .argument('<token>', 'the room', roomTokenArgument)
    .option('--yes', 'really do it')
    .action(async (token: string, { yes }: { yes?: true }) => {
      if (!yes) throw new UsageError(`this deletes ${token} and all its messages; add --yes to do it`);
      await changeCommunity((tx, services) => services.get(RoomsService).delete(tx, token));
    });
}
