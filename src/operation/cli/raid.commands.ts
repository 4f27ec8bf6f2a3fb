import type { INestApplicationContext } from '@nestjs/common';
import type { Command } from 'commander';
import { counted } from '../../foundation/wording.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { RaidService } from '../../moderation/raids/raid.service.js';
import { RaidStates, type RaidView } from '../../moderation/raids/raid-states.service.js';
import { roomTokenArgument } from './arguments.js';
import { cleanUpDone } from './clean-up-texts.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

/** A command prints one of these: JSON, or lines. */
interface ReportAndLines {
  report: object;
  lines: string[];
}

interface RaidCommand {
  name: string;
  description: string;
  work: (services: INestApplicationContext, room: string) => Promise<ReportAndLines>;
}

interface RaidOptions {
  room: string;
  json?: true;
}

function describe({ state, since, held, published, withdrawn, incident }: RaidView): string[] {
  return [
    `state: ${state}`,
    `since: ${since === null ? '-' : formatMoment(since)}`,
    `incident: ${incident ?? '-'}`,
    `held: ${held}`,
    `published: ${published}`,
    `taken back: ${withdrawn}`,
  ];
}

async function shown(services: INestApplicationContext, room: string): Promise<ReportAndLines> {
  const report = await services.get(RaidStates).show(PLAZA, room);
  return { report, lines: describe(report) };
}

/** The work of a command that changes how the defence stands, and shows it. */
function changed(
  change: (states: RaidStates, tx: Transaction, room: string) => Promise<unknown>,
): RaidCommand['work'] {
  return async (services, room) => {
    await services.get(Database).transact((tx) => change(services.get(RaidStates), tx, room));
    return shown(services, room);
  };
}

const COMMANDS: readonly RaidCommand[] = [
  {
    name: 'show',
    description:
      'Show the state of a room’s defence, and how many messages are held, published and taken back.',
    work: shown,
  },
  {
    name: 'on',
    description: 'Guard a room: posts of strangers are held until raid off or raid end.',
    work: changed((states, tx, room) => states.guard(tx, PLAZA, room)),
  },
  {
    name: 'off',
    description: 'Make a room calm; what is held stays in the queue.',
    work: changed((states, tx, room) => states.calm(tx, PLAZA, room)),
  },
  {
    name: 'end',
    description: 'End a raid; strangers solve a challenge for six hours more.',
    work: changed((states, tx, room) => states.end(tx, PLAZA, room)),
  },
  {
    name: 'ban',
    description:
      'Ban everybody who took part in the latest raid, members excepted, with all that they wrote; raid undo takes it back.',
    work: async (services, room) => {
      const report = await services.get(RaidService).ban(PLAZA, room);
      return { report, lines: [cleanUpDone(report)] };
    },
  },
  {
    name: 'undo',
    description:
      'Take back that there was a raid: nobody is banned for it, and what was held or taken back is published.',
    work: async (services, room) => {
      const report = await services.get(RaidService).undo(PLAZA, room);
      const { people, messages, tooLate } = report;
      const late =
        tooLate > 0 ? [`${tooLate} were written more than six hours ago, so no client would show them`] : [];
      return {
        report,
        lines: [
          `${counted(people, 'person', 'people')} not banned any more, ${counted(messages, 'message')} published`,
          ...late,
        ],
      };
    },
  },
];

/** `plaza raid …`: how the defence of a room stands, and what becomes of a raid as a whole. */
export function registerRaidCommands(program: Command, context: CommandContext): void {
  const raid = program.command('raid').description('See and deal with a raid on a room as a whole.');
  for (const { name, description, work } of COMMANDS) {
    raid
      .command(name)
      .description(description)
      .requiredOption('--room <token>', 'the room', roomTokenArgument)
      .option('--json', 'print JSON')
      .action(async ({ room, json }: RaidOptions) => {
        const { report, lines } = await context.withCommunity((services) => work(services, room));
        if (json) context.output.json(report);
        else context.output.lines(lines);
      });
  }
}
