import type { Command } from 'commander';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { counted } from '../../foundation/wording.js';
import { type DatabaseSettings } from '../doctor/community-checks.js';
import { type CommunityReport, examine } from '../doctor/examine.js';
import { type Finding } from '../doctor/finding.js';
import { BackupRunsRepository } from '../../records/backups/backup-runs.repository.js';
import { StatusService } from '../machines/status.service.js';
import { type CommandContext } from './command-context.js';

const MARKS: Readonly<Record<Finding['state'], string>> = { good: 'ok', problem: '!!', unknown: '??' };

function describe({ about, state, seen, todo }: Finding): string[] {
  return [`${MARKS[state]}  ${about}: ${seen}`, ...(todo === undefined ? [] : [`      ${todo}.`])];
}

const DATABASE_SETTINGS_COLUMNS: Columns<DatabaseSettings> = {
  fsync: column.text,
  full_page_writes: column.text,
  server_encoding: column.text,
};

function report(context: CommandContext): Promise<CommunityReport> {
  return context.withCommunity(async (services) => {
    const [database] = await services.get(Database).rows(
      DATABASE_SETTINGS_COLUMNS,
      `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
              current_setting('server_encoding') AS server_encoding`,
    );
    if (!database) throw new Error('PostgreSQL did not tell its settings');
    const runs = services.get(BackupRunsRepository);
    const [latest] = await runs.latest(1);
    return {
      status: await services.get(StatusService).look(),
      database,
      backups: { success: await runs.latestSuccess(), latest },
      now: context.clock.seconds(),
    };
  });
}

/** `plaza doctor`: what is wrong with a community and its machine, and what to do. */
export function registerDoctorCommand(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description(
      'Look at the address, key, database, disk, memory and clock of this community, and say what to do. ' +
        'Ends with 1 when something needs doing. It asks the server at PUBLIC_URL, and nobody else.',
    )
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const findings = await examine(context.loadSettings(), () => report(context));
      const problems = findings.filter(({ state }) => state === 'problem').length;
      if (json) context.output.json(findings);
      else context.output.lines(findings.flatMap(describe));
      if (problems > 0) throw new Error(`${counted(problems, 'thing')} to do`);
    });
}
