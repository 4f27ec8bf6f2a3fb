import type { Command } from 'commander';
import { PLAZA } from '../../moderation/access/actor.js';
import { RoomUpdateService } from '../../rooms/room-update.service.js';
import { roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';

/** `plaza room archive` and `plaza room open`. */
export function registerRoomArchiveCommands(room: Command, context: CommandContext): void {
  const set = async (token: string, isArchived: boolean): Promise<void> => {
    await context.changeCommunity((tx, services) =>
      services.get(RoomUpdateService).update(tx, PLAZA, token, { isArchived }),
    );
    context.output.lines([
      isArchived
        ? `${token} is archived: people read it, and nobody writes there`
        : `${token} is open: people write there as its permissions say`,
    ]);
  };
  room
    .command('archive')
    .description(
      'Archive a room: it stays listed and readable, nobody writes, uploads or reacts there, staff included.',
    )
    .argument('<token>', 'the room', roomTokenArgument)
    .action((token: string) => set(token, true));
  room
    .command('open')
    .alias('unarchive')
    .description('Open an archived room again.')
    .argument('<token>', 'the room', roomTokenArgument)
    .action((token: string) => set(token, false));
}
