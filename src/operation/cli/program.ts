import { Command, CommanderError } from 'commander';
import { errorLine } from '../../foundation/error-line.js';
import { VERSION } from '../../foundation/version.js';
import { registerAuditCommand } from './audit.commands.js';
import { registerBackupCommands } from './backup.commands.js';
import { registerConfigCommand } from './config.commands.js';
import { registerImportCommands } from './import.commands.js';
import { registerInfoCommand } from './info.commands.js';
import { registerModCommands } from './mod.commands.js';
import { registerPermsCommands } from './perms.commands.js';
import { registerRoomCommands } from './room.commands.js';
import { registerUserCommands } from './user.commands.js';
import { printProblem } from './output.js';
import { UsageError } from './usage-error.js';

const SUCCESS = 0;
const FAILURE = 1;
const WRONG_USAGE = 2;

function buildProgram(): Command {
  const program = new Command('plaza')
    .description('Looks after a Plaza community, whether its server runs or not.')
    .version(VERSION)
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr: () => undefined });
  registerConfigCommand(program);
  registerInfoCommand(program);
  registerRoomCommands(program);
  registerModCommands(program);
  registerUserCommands(program);
  registerPermsCommands(program);
  registerAuditCommand(program);
  registerImportCommands(program);
  registerBackupCommands(program);
  return program;
}

function usageProblem(error: CommanderError): string {
  // Commander answers a missing subcommand with the whole help, which is not one line.
  const isHelp = error.code === 'commander.help';
  return isHelp ? 'which command? plaza --help lists them' : error.message.replace(/^error: /, '');
}

/**
 * Runs one `plaza` command; the arguments are those after its name. Returns the exit code: 0 for success, 1 for a
 * failure at run time, 2 for wrong usage. Both failures print one line to standard error.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
    return SUCCESS;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return SUCCESS;
      printProblem(usageProblem(error));
      return WRONG_USAGE;
    }
    printProblem(errorLine(error));
    return error instanceof UsageError ? WRONG_USAGE : FAILURE;
  }
}
