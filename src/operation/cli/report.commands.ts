import type { Command } from 'commander';
import { oneLine } from '../../foundation/wording.js';
import { type ReportEntry, ReportList } from '../../moderation/reports/report-list.service.js';
import { roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

/** Characters of a text in a line of the list. */
const TEXT_SHOWN = 80;

function describe(entry: ReportEntry): string {
  const { room, id, session_id, reported, reports, by_established, hidden, reasons, text } = entry;
  const numbers = `reports: ${reports}, by established members: ${by_established}`;
  const shown = [reasons.join(' | '), text ?? ''].map((part) => oneLine(part, TEXT_SHOWN) || '-');
  const state = hidden ? 'hidden' : 'shown';
  return [room, id, formatMoment(reported), session_id, numbers, state, ...shown].join('\t');
}

/** `plaza report list`: messages that members have reported and that nobody has decided about. */
export function registerReportCommands(program: Command, context: CommandContext): void {
  program
    .command('report')
    .description('List the messages that members have reported.')
    .command('list')
    .description(
      'List those that nobody has decided about: room, id, first report, author, numbers, state, reasons, text.',
    )
    .option('--room <token>', 'in this room', roomTokenArgument)
    .option('--json', 'print JSON, with whole texts')
    .action(async ({ room, json }: { room?: string; json?: true }) => {
      const entries = await context.withCommunity((services) => services.get(ReportList).open(room));
      if (json) context.output.json(entries);
      else context.output.lines(entries.map(describe));
    });
}
