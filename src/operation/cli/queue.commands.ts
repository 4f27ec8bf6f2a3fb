import type { Command } from 'commander';
import { PLAZA } from '../../moderation/access/actor.js';
import {
  type QueueEntry,
  type QueueReport,
  QueueService,
  type QueueSelection,
} from '../../moderation/queue/queue.service.js';
import { idArgument, idArguments, roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';
import { UsageError } from './usage-error.js';
import { oneLine } from '../../foundation/wording.js';

/** Characters of a text in a line of the list. */
const TEXT_SHOWN = 80;

interface QueueOptions {
  room: string;
  all?: true;
  like?: number;
  json?: true;
}

function selectionOf(ids: readonly number[], { all, like }: QueueOptions): QueueSelection {
  const selections: QueueSelection[] = [
    ...(ids.length > 0 ? [{ ids }] : []),
    ...(all ? [{ all }] : []),
    ...(like !== undefined ? [{ like }] : []),
  ];
  const [selection] = selections;
  if (!selection || selections.length > 1) throw new UsageError('say which: ids, --like ID or --all');
  return selection;
}

function describe({ id, session_id, posted, reason, like, text }: QueueEntry): string {
  const shown = text === null ? '-' : oneLine(text, TEXT_SHOWN);
  return [id, formatMoment(posted), session_id, reason ?? '-', like ?? '-', shown].join('\t');
}

function describeReport({ published, edited, rejected, tooLate, unknown }: QueueReport): string[] {
  const anew = published.filter(({ id, was }) => id !== was);
  return [
    ...(published.length > 0 ? [`${published.length} published`] : []),
    ...(anew.length > 0 ? [`with new ids: ${anew.map(({ id, was }) => `${was} is ${id}`).join(', ')}`] : []),
    ...(edited.length > 0 ? [`${edited.length} edited: ${edited.join(', ')}`] : []),
    ...(rejected.length > 0 ? [`${rejected.length} rejected`] : []),
    ...(tooLate.length > 0
      ? [`written more than six hours ago, so no client would show them: ${tooLate.join(', ')}`]
      : []),
    ...(unknown.length > 0 ? [`not in the queue: ${unknown.join(', ')}`] : []),
  ];
}

/** `plaza queue …`: what waits for a moderator in a room, to be published or rejected. */
export function registerQueueCommands(program: Command, context: CommandContext): void {
  const queue = program
    .command('queue')
    .description('List, publish and reject the messages and edits that are held in a room.');
  queue
    .command('list')
    .description('List them: id, time, author, why, the first message that is like it, text.')
    .requiredOption('--room <token>', 'the room', roomTokenArgument)
    .option('--json', 'print JSON, with whole texts')
    .action(async ({ room, json }: QueueOptions) => {
      const entries = await context.withCommunity((services) => services.get(QueueService).list(room, PLAZA));
      if (json) context.output.json(entries);
      else context.output.lines(entries.map(describe));
    });
  for (const [name, description] of [
    ['publish', 'Publish some of them; one that was written more than six hours ago can’t be.'],
    ['reject', 'Delete some of them; plaza undo gives them back for six hours.'],
  ] as const) {
    queue
      .command(name)
      .description(description)
      .argument('[ids...]', 'ids of messages', idArguments)
      .requiredOption('--room <token>', 'the room', roomTokenArgument)
      .option('--like <id>', 'a message and all that are like it', idArgument)
      .option('--all', 'everything')
      .option('--json', 'print JSON')
      .action(async (ids: number[], options: QueueOptions) => {
        const selection = selectionOf(ids, options);
        const report = await context.changeCommunity((tx, services) =>
          services.get(QueueService)[name](tx, options.room, PLAZA, selection),
        );
        if (options.json) context.output.json(report);
        else context.output.lines(describeReport(report));
      });
  }
}
