import type { Command } from 'commander';
import { PLAZA } from '../../moderation/access/actor.js';
import { UndoService } from '../../moderation/undo/undo.service.js';
import { idArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';

/** `plaza undo`: takes back one line of the audit log. */
export function registerUndoCommand(program: Command, context: CommandContext): void {
  program
    .command('undo')
    .description(
      'Take back what plaza audit shows under a number. Messages come back for six hours, with new ids.',
    )
    .argument('<number>', 'the first column of plaza audit', idArgument)
    .option('--dry-run', 'say what it would do, and do nothing')
    .option('--json', 'print JSON')
    .action(async (id: number, { dryRun, json }: { dryRun?: true; json?: true }) => {
      const report = dryRun
        ? await context.withCommunity((services) => services.get(UndoService).preview(PLAZA, id))
        : await context.changeCommunity((tx, services) => services.get(UndoService).undo(tx, PLAZA, id));
      if (json) context.output.json({ done: !dryRun, ...report });
      else context.output.lines([`${dryRun ? 'would undo' : 'undone'} ${report.kind}: ${report.result}`]);
    });
}
