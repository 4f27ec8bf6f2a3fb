import type { Command } from 'commander';
import { oneLine } from '../../foundation/wording.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { AppealsService } from '../../moderation/appeals/appeals.service.js';
import { type Appeal } from '../../records/moderation/appeals.repository.js';
import { idArgument, roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

/** Characters of a text in a line of the list. */
const TEXT_SHOWN = 80;

function reportOf({ id, room, sessionId, appealedAt, about, eventId, messageId, text }: Appeal): object {
  return {
    id,
    room,
    session_id: sessionId,
    appealed: appealedAt,
    about,
    event: eventId,
    message: messageId,
    text,
  };
}

function describe({ id, room, sessionId, appealedAt, about, eventId, messageId, text }: Appeal): string {
  const what = eventId === null ? `${about} of message ${messageId ?? '-'}` : `${about} ${eventId}`;
  return [id, room, formatMoment(appealedAt), sessionId, what, oneLine(text, TEXT_SHOWN)].join('\t');
}

/** `plaza appeal …`: what people say against mutes, warnings, bans and held messages. */
export function registerAppealCommands(program: Command, context: CommandContext): void {
  const appeal = program
    .command('appeal')
    .description('List, accept and decline what people say against mutes, warnings, bans and held messages.');
  appeal
    .command('list')
    .description('List those that nobody has settled: id, room, time, who, against what, text.')
    .option('--room <token>', 'in this room', roomTokenArgument)
    .option('--json', 'print JSON, with whole texts')
    .action(async ({ room, json }: { room?: string; json?: true }) => {
      const appeals = await context.withCommunity((services) => services.get(AppealsService).open(room));
      if (json) context.output.json(appeals.map(reportOf));
      else context.output.lines(appeals.map(describe));
    });
  for (const [name, outcome, description] of [
    ['accept', 'accepted', 'Accept one: what it is against is taken back, and its author is told.'],
    ['decline', 'declined', 'Decline one; its author is told.'],
  ] as const) {
    appeal
      .command(name)
      .description(description)
      .argument('<id>', 'the first column of the list', idArgument)
      .option('--json', 'print JSON')
      .action(async (id: number, { json }: { json?: true }) => {
        const result = await context.changeCommunity((tx, services) =>
          services.get(AppealsService).settle(tx, PLAZA, id, outcome),
        );
        if (json) context.output.json({ id, outcome, result });
        else context.output.lines([result]);
      });
  }
}
