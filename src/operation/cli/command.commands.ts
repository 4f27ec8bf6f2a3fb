import type { Command } from 'commander';
import { CommandRunner } from '../../moderation/commands/command-runner.service.js';
import { CommandTable } from '../../moderation/commands/command-table.service.js';
import { commandRows, written } from '../../moderation/commands/help-text.js';
import { roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';

async function list(
  context: CommandContext,
  { json, markdown }: { json?: true; markdown?: true },
): Promise<void> {
  const table = await context.withCommunity((services) =>
    Promise.resolve(
      services.get(CommandTable).all.map(({ name, also = [], usage, giver, help, undo }) => ({
        name,
        also,
        usage,
        giver,
        help,
        undo,
      })),
    ),
  );
  if (json) context.output.json(table);
  else if (markdown) context.output.lines(commandRows(table).split('\n'));
  else {
    context.output.lines(
      table.map(({ giver, help, undo, ...how }) => [written(how), giver, help, undo ?? '-'].join('\t')),
    );
  }
}

/** `plaza command …`: the commands that staff gives in a room, for the operator. */
export function registerCommandCommands(program: Command, context: CommandContext): void {
  const command = program
    .command('command')
    .description('List the commands that staff gives by posting, and give one as the operator.');
  command
    .command('list')
    .description('List them: how each is written, who may give it, what it does, how to take it back.')
    .option('--json', 'print JSON')
    .option('--markdown', 'print the table of the manual')
    .action((options: { json?: true; markdown?: true }) => list(context, options));
  command
    .command('run')
    .description('Give a command in a room, such as "/lockdown 1h"; people are named by their IDs or names.')
    .argument('<text>', 'as staff would post it')
    .requiredOption('--room <token>', 'the room', roomTokenArgument)
    .option('--json', 'print JSON')
    .action(async (text: string, { room, json }: { room: string; json?: true }) => {
      const answer = await context.withCommunity((services) => services.get(CommandRunner).order(room, text));
      if (json) context.output.json({ answer });
      else context.output.lines(answer.split('\n'));
    });
}
