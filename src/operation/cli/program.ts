import { Command, CommanderError } from 'commander';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { fileTrouble } from '../../foundation/file-trouble.js';
import { VERSION } from '../../foundation/version.js';
import { registerAppealCommands } from './appeal.commands.js';
import { registerAuditCommand } from './audit.commands.js';
import { registerBackupCommands } from './backup.commands.js';
import { registerBackupsCommands } from './backups.commands.js';
import { registerCommandCommands } from './command.commands.js';
import { registerConfigCommand } from './config.commands.js';
import { registerDoctorCommand } from './doctor.commands.js';
import { registerFileCommands } from './file.commands.js';
import { registerFilesCommands } from './files.commands.js';
import { registerImportCommands } from './import.commands.js';
import { registerInfoCommand } from './info.commands.js';
import { registerJobsCommands } from './jobs.commands.js';
import { registerModCommands } from './mod.commands.js';
import { registerPermsCommands } from './perms.commands.js';
import { registerQueueCommands } from './queue.commands.js';
import { registerRaidCommands } from './raid.commands.js';
import { registerReportCommands } from './report.commands.js';
import { registerRoomCommands } from './room.commands.js';
import { registerRuleCommands } from './rule.commands.js';
import { registerSayCommand } from './say.commands.js';
import { registerSetupCommand } from './setup.commands.js';
import { registerStatusCommand } from './status.commands.js';
import { registerUndoCommand } from './undo.commands.js';
import { registerUpdateCommand } from './update.commands.js';
import { registerUserCommands } from './user.commands.js';
import { registerWebhookCommands } from './webhook.commands.js';
import { CommandContext, type CommandEnvironment } from './command-context.js';
import { withRoomFirst } from './room-option.js';
import { UsageError } from './usage-error.js';

const SUCCESS = 0;
const FAILURE = 1;
const WRONG_USAGE = 2;

function buildProgram(context: CommandContext, { stdout }: CommandEnvironment): Command {
  const program = new Command('plaza')
    .description('Looks after a Plaza community, whether its server runs or not.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: () => undefined });
  registerStartCommand(program);
  registerSetupCommand(program, context);
  registerDoctorCommand(program, context);
  registerConfigCommand(program, context);
  registerInfoCommand(program, context);
  registerRoomCommands(program, context);
  registerSayCommand(program, context);
  registerModCommands(program, context);
  registerUserCommands(program, context);
  registerPermsCommands(program, context);
  registerCommandCommands(program, context);
  registerQueueCommands(program, context);
  registerRaidCommands(program, context);
  registerRuleCommands(program, context);
  registerReportCommands(program, context);
  registerAppealCommands(program, context);
  registerAuditCommand(program, context);
  registerUndoCommand(program, context);
  registerWebhookCommands(program, context);
  registerStatusCommand(program, context);
  registerJobsCommands(program, context);
  registerFileCommands(program, context);
  registerFilesCommands(program, context);
  registerImportCommands(program, context);
  registerBackupCommands(program, context);
  registerUpdateCommand(program, context);
  registerBackupsCommands(program, context);
  return program;
}

/** A command that was reached, although what followed it was wrong. */
class Reached {
  constructor(public command: Command) {}
}

/** Remembers the last command that the arguments lead to: its help is the one that says more. */
function follow(command: Command, reached: Reached): void {
  command.hook('preSubcommand', (_parent, next) => {
    reached.command = next;
  });
  for (const next of command.commands) follow(next, reached);
}

/** The names that lead to a command: `room set`; none for the program itself. */
function pathOf(command: Command): string[] {
  return command.parent ? [...pathOf(command.parent), command.name()] : [];
}

/** For the help alone: main.ts starts a server before it loads what commands need. */
function registerStartCommand(program: Command): void {
  program.command('start').description('Start the server, and found the community when there is none.');
}

function usageProblem(error: CommanderError | UsageError, help: string): string {
  // Commander answers a missing subcommand with the whole help, which is not one line.
  if (error instanceof CommanderError && error.code === 'commander.help') {
    return `which command? ${help} lists them`;
  }
  const problem = error.message
    .replace(/^error: /, '')
    .replace(/\s*\(Did you mean (.+)\?\)$/s, '; did you mean $1?')
    .replace(/\.$/, '');
  return problem.includes('--help')
    ? problem
    : `${problem}${/[?]$/.test(problem) ? '' : ';'} ${help} says more`;
}

function problemOf(error: unknown): string {
  const line = fileTrouble(error);
  if (!(error instanceof ProtocolError) || error.target === undefined) return line;
  return `${error.target}: ${line}. Nobody is changed`;
}

/**
 * Runs one `plaza` command; the arguments are those after its name. Returns the exit code: 0 for success, 1 for a
 * failure at run time, 2 for wrong usage. Both failures print one line to standard error.
 */
export async function runCommand(args: readonly string[], surroundings: CommandEnvironment): Promise<number> {
  const context = new CommandContext(surroundings);
  const program = buildProgram(context, surroundings);
  const reached = new Reached(program);
  follow(program, reached);
  try {
    await program.parseAsync(withRoomFirst(args), { from: 'user' });
    return SUCCESS;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return SUCCESS;
    if (error instanceof CommanderError || error instanceof UsageError) {
      context.output.problem(
        usageProblem(error, plazaCommand([...pathOf(reached.command), '--help'].join(' '))),
      );
      return WRONG_USAGE;
    }
    context.output.problem(problemOf(error));
    return FAILURE;
  }
}
