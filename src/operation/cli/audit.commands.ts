import { type Command, Option } from 'commander';
import { AuditLog } from '../../moderation/audit-log.service.js';
import { EVENT_KINDS, type RecordedEvent } from '../../records/events/event.js';
import { countArgument, momentArgument, roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

const DEFAULT_LIMIT = 100;

interface AuditOptions {
  room?: string;
  actor?: string;
  target?: string;
  action?: string;
  since?: number;
  limit: number;
  json?: true;
}

/** An event as a line of the audit log. */
type AuditEntry = Omit<RecordedEvent, 'kind'> & { action: string };

function entryOf({ kind, ...event }: RecordedEvent): AuditEntry {
  const { id, at, actor, target, room, before, after, undoes } = event;
  return { id, at, actor, action: kind, target, room, before, after, undoes };
}

function describe({ id, at, actor, action, target, room, before, after }: AuditEntry): string {
  const change = [before, after].map((state) => (state === null ? '-' : JSON.stringify(state)));
  return [id, formatMoment(at), actor, action, target ?? '-', room ?? '-', ...change].join('\t');
}

/** `plaza audit`: who did what to whom, where and when, oldest first. */
export function registerAuditCommand(program: Command, context: CommandContext): void {
  program
    .command('audit')
    .description(
      'Show what moderators, this command and the clock did: number, time, who, what, whom, where, before, after.',
    )
    .option('--room <token>', 'in this room', roomTokenArgument)
    .option('--actor <id>', 'by this Account ID, or by plaza')
    .option('--target <id>', 'to this Account ID or message id')
    .addOption(new Option('--action <name>', 'of this kind').choices(EVENT_KINDS))
    .option('--since <when>', 'since a date, or since 90m, 24h or 7d ago', momentArgument(context.clock))
    .option('--limit <n>', 'the newest so many', countArgument, DEFAULT_LIMIT)
    .option('--json', 'print JSON')
    .action(async ({ room, actor, target, action, since, limit, json }: AuditOptions) => {
      const events = await context.withCommunity((services) =>
        services.get(AuditLog).find({ room, actor, target, kind: action, since, limit }),
      );
      const entries = events.map(entryOf);
      if (json) context.output.json(entries);
      else context.output.lines(entries.map(describe));
    });
}
