import type { INestApplicationContext } from '@nestjs/common';
import type { Command } from 'commander';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { RaidService } from '../../moderation/raids/raid.service.js';
import { RaidStates, type RaidView } from '../../moderation/raids/raid-states.service.js';
import { roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';

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

function inTransaction<Result>(
  services: INestApplicationContext,
  work: (tx: Transaction, states: RaidStates) => Promise<Result>,
): Promise<Result> {
  return services.get(Database).transact((tx) => work(tx, services.get(RaidStates)));
}

/** `plaza raid …`: how the defence of a room stands, and what becomes of a raid as a whole. */
export function registerRaidCommands(program: Command, context: CommandContext): void {
  const raid = program.command('raid').description('See and deal with a raid on a room as a whole.');
  const add = (
    name: string,
    description: string,
    work: (services: INestApplicationContext, room: string) => Promise<{ report: object; lines: string[] }>,
  ): void => {
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
  };
  const shown = async (services: INestApplicationContext, room: string) => {
    const report = await services.get(RaidStates).show(PLAZA, room);
    return { report, lines: describe(report) };
  };
  add(
    'show',
    'Show the state of a room’s defence, and how many messages are held, published and taken back.',
    shown,
  );
  add(
    'on',
    'Guard a room: posts of strangers are held until raid off or raid end.',
    async (services, room) => {
      await inTransaction(services, (tx, states) => states.guard(tx, PLAZA, room));
      return shown(services, room);
    },
  );
  add('off', 'Make a room calm; what is held stays in the queue.', async (services, room) => {
    await inTransaction(services, (tx, states) => states.calm(tx, PLAZA, room));
    return shown(services, room);
  });
  add('end', 'End a raid; strangers solve a challenge for six hours more.', async (services, room) => {
    await inTransaction(services, (tx, states) => states.end(tx, PLAZA, room));
    return shown(services, room);
  });
  add(
    'ban',
    'Ban everybody who took part in the latest raid, members excepted, with all that they wrote; raid undo takes it back.',
    async (services, room) => {
      const report = await services.get(RaidService).ban(PLAZA, room);
      const { people, messages, reactions, files, directMessages } = report;
      const left = `${messages} messages, ${reactions} reactions, ${files} files, ${directMessages} direct messages`;
      return { report, lines: [`${people} people banned; deleted: ${left}`] };
    },
  );
  add(
    'undo',
    'Take back that there was a raid: nobody is banned for it, and what was held or taken back is published.',
    async (services, room) => {
      const report = await services.get(RaidService).undo(PLAZA, room);
      const { people, messages, tooLate } = report;
      const late =
        tooLate > 0 ? [`${tooLate} were written more than six hours ago, so no client would show them`] : [];
      return {
        report,
        lines: [`${people} people not banned any more, ${messages} messages published`, ...late],
      };
    },
  );
}
