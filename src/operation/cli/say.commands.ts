import type { Command } from 'commander';
import { LONGEST_TEXT, SayingService } from '../../messages/saying.service.js';
import { roomSettingArgument, roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { UsageError } from './usage-error.js';

function textArgument(text: string): string {
  const said = text.trim();
  if (said !== '' && said.length <= LONGEST_TEXT && !/[\0\p{Surrogate}]/u.test(said)) return said;
  throw new UsageError(`a text has 1 to ${LONGEST_TEXT} characters`);
}

interface SayOptions {
  room: string;
  name?: string;
  json?: true;
}

/** `plaza say`: a message of the server's own. */
export function registerSayCommand(program: Command, context: CommandContext): void {
  program
    .command('say')
    .description('Post a message in a room as the server, for everyone there; plaza undo deletes it.')
    .argument('<text>', 'the message', textArgument)
    .requiredOption('--room <token>', 'the room', roomTokenArgument)
    .option(
      '--name <name>',
      'the name of its author (default: the name under which the server whispers there)',
      roomSettingArgument('moderationName'),
    )
    .option('--json', 'print JSON')
    .action(async (text: string, { room, name, json }: SayOptions) => {
      const author = name === 'default' ? undefined : name;
      const { id } = await context.changeCommunity((tx, services) =>
        services.get(SayingService).say(tx, room, text, author),
      );
      if (json) context.output.json({ id });
      else context.output.lines([`said in ${room}: message ${id}`]);
    });
}
