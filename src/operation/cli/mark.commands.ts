import type { Command } from 'commander';
import { type Transaction } from '../../foundation/database/database.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { type MarkRequest, MarksService } from '../../moderation/marks.service.js';
import { GLOBAL } from '../../moderation/scope.js';
import { durationText } from '../../foundation/duration.js';
import { UsageError } from './usage-error.js';
import {
  durationArgument,
  peopleAre,
  scopeText,
  reasonArgument,
  roomTokenArgument,
  sessionIdArguments,
} from './arguments.js';
import { type CommandContext } from './command-context.js';

interface MarkOptions {
  room?: string;
  global?: true;
  /** Seconds. */
  for?: number;
  reason?: string;
}

type GiveMark = (
  tx: Transaction,
  marks: MarksService,
  request: MarkRequest,
  options: MarkOptions,
) => Promise<void>;

const MARKS: readonly { name: string; help: string; done: string; mark: GiveMark }[] = [
  {
    name: 'mute',
    done: 'muted',
    help: 'Mute people: they read on, and are told once why nobody sees what they write.',
    mark: (tx, marks, request, options) => marks.mute(tx, PLAZA, request, options.for ?? null),
  },
  {
    name: 'unmute',
    done: 'not muted any more',
    help: 'Let muted people write again.',
    mark: (tx, marks, request) => marks.unmute(tx, PLAZA, request),
  },
  {
    name: 'shadow',
    done: 'unseen by others',
    help: 'Have nobody else see what people write from now on, without telling them.',
    mark: (tx, marks, request) => marks.shadow(tx, PLAZA, request),
  },
  {
    name: 'unshadow',
    done: 'seen by others again',
    help: 'Let others see again what people write from now on.',
    mark: (tx, marks, request) => marks.unshadow(tx, PLAZA, request),
  },
  {
    name: 'trust',
    done: 'trusted',
    help: 'Vouch for people: the defence against raids leaves them alone.',
    mark: (tx, marks, request) => marks.vouch(tx, PLAZA, request),
  },
  {
    name: 'untrust',
    done: 'a stranger again',
    help: 'Make people strangers: nobody vouches for them, and what they have earned by posting is gone.',
    mark: (tx, marks, request) => marks.distrust(tx, PLAZA, request),
  },
];

/** `plaza user mute …` and its like: marks people in a room or on the whole server. */
export function registerMarkCommands(user: Command, context: CommandContext): void {
  for (const { name, help, done, mark } of MARKS) {
    const command = user
      .command(name)
      .description(help)
      .argument('<ids...>', 'Account IDs, 05… or 15…', sessionIdArguments)
      .option('--room <token>', 'in this room (default: on the whole server)', roomTokenArgument)
      .option('--global', 'on the whole server, as without --room')
      .option('--reason <text>', 'for the audit log', reasonArgument)
      .action(async (targets: string[], options: MarkOptions) => {
        const { room, reason } = options;
        if (room !== undefined && options.global) throw new UsageError('either --room TOKEN or --global');
        const scope = room === undefined ? GLOBAL : { global: false as const, rooms: [room] };
        await context.changeCommunity((tx, services) =>
          mark(tx, services.get(MarksService), { targets, scope, reason }, options),
        );
        const until = options.for === undefined ? '' : ` for ${durationText(options.for)}`;
        context.output.lines([`${peopleAre(targets)} ${done} ${scopeText(scope)}${until}`]);
      });
    if (name === 'mute') {
      command.option(
        '--for <time>',
        'for so long, such as 30m, 4h or 7d (default: for good)',
        durationArgument,
      );
    }
  }
}
