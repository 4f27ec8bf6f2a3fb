import { type Command, Option } from 'commander';
import { AUDIT_ACTIONS, type AuditEntry } from '../../records/moderation/audit-log.js';
import { AuditLogService } from '../../moderation/access/audit-log.service.js';
import { sessionIdSchema } from '../../records/users/session-id.js';
import { UsersService } from '../../users/users.service.js';
import { countArgument, momentArgument, roomTokenArgument } from './arguments.js';
import { withCommunity } from './command-context.js';
import { formatMoment, printJson, printLines } from './output.js';

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

function describe({ at, actor, action, target, room, before, after }: AuditEntry): string {
  const change = [before, after].map((state) => (state === null ? '-' : JSON.stringify(state)));
  return [formatMoment(at), actor, action, target ?? '-', room ?? '-', ...change].join('\t');
}

/** The names that someone may have in the log: a Session ID stands for all of its owner's, anything else for itself. */
function namesOf(users: UsersService, name: string | undefined): string[] | undefined {
  if (name === undefined) return undefined;
  const sessionId = sessionIdSchema.safeParse(name);
  return sessionId.success ? users.idsOf(sessionId.data) : [name];
}

/** `plaza audit`: who did what to whom, where and when, oldest first. */
export function registerAuditCommand(program: Command): void {
  program
    .command('audit')
    .description(
      'Show what moderators, this command and the clock did: time, who, what, whom, where, before, after.',
    )
    .option('--room <token>', 'in this room', roomTokenArgument)
    .option('--actor <id>', 'by this Session ID, or by plaza')
    .option('--target <id>', 'to this Session ID or message id')
    .addOption(new Option('--action <name>', 'of this kind').choices(AUDIT_ACTIONS))
    .option('--since <when>', 'since a date, or since 90m, 24h or 7d ago', momentArgument)
    .option('--limit <n>', 'the newest so many', countArgument, DEFAULT_LIMIT)
    .option('--json', 'print JSON')
    .action(async ({ room, actor, target, action, since, limit, json }: AuditOptions) => {
      const entries = await withCommunity((services) => {
        const users = services.get(UsersService);
        const people = { actors: namesOf(users, actor), targets: namesOf(users, target) };
        return services.get(AuditLogService).find({ room, ...people, action, since, limit });
      });
      if (json) printJson(entries);
      else printLines(entries.map(describe));
    });
}
