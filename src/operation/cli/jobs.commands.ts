import { type Command } from 'commander';
import { type FailureReport, QueueReports, type ScheduleReport } from '../jobs/queue-report.service.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

function momentOrNone(seconds: number | null): string {
  return seconds === null ? '-' : formatMoment(seconds);
}

function describeSchedule({ name, every_seconds, last_run, next_run, last_failure }: ScheduleReport): string {
  const moments = [last_run, next_run, last_failure].map(momentOrNone);
  return [name, `every ${every_seconds} s`, ...moments].join('\t');
}

function describeFailure({ job, failed_at, attempts, reason, id }: FailureReport): string {
  const [firstLine = ''] = reason.split('\n');
  return ['failed', job, formatMoment(failed_at), `attempts: ${attempts}`, firstLine, id].join('\t');
}

/** `plaza jobs`: what is done on a clock, what of it failed for good, and another attempt at that. */
export function registerJobsCommands(program: Command, context: CommandContext): void {
  const jobs = program
    .command('jobs')
    .description(
      'Show what the server does on a clock: job, how often, last run, next run, last failure; then runs that failed for good: job, when, attempts, why, id.',
    )
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: true }) => {
      const report = await context.withCommunity((services) => services.get(QueueReports).read());
      if (json) context.output.json(report);
      else {
        context.output.lines([
          ...report.schedules.map(describeSchedule),
          ...report.failures.map(describeFailure),
        ]);
      }
    });
  jobs
    .command('retry <id>')
    .description('Have a run that failed for good carried out once more.')
    .action(async (id: string) => {
      await context.withCommunity((services) => services.get(QueueReports).retry(id));
      context.output.lines([`run ${id} is due again`]);
    });
}
