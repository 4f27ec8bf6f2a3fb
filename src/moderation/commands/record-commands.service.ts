import { Injectable } from '@nestjs/common';
import { counted, momentText, oneLine } from '../../foundation/wording.js';
import { Clock } from '../../foundation/clock.js';
import { Database } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { CommandsRepository } from '../../records/commands/commands.repository.js';
import { InvitationsRepository } from '../../records/defence/invitations.repository.js';
import { type RecordedEvent } from '../../records/events/event.js';
import { actorName } from '../access/actor.js';
import { AuditLog } from '../audit-log.service.js';
import { CannotUndo } from '../undo/undoing.js';
import { UndoService } from '../undo/undo.service.js';
import { type UserReport, UserReportService } from '../user-report.service.js';
import {
  type CommandDefinition,
  CommandDoubt,
  CommandMistake,
  type CommandEffect,
  type CommandOrder,
} from './command-definition.js';
import { readMessageId } from './parse.js';
import { called, personOf } from './words.js';

/** Lines of the log that an answer shows, and characters of each. */
const LINES = 12;
const LINE = 160;
/** Acts that /undo offers, characters of what it says of each, and events of one command that it tries. */
const ACTS = 3;
const ACT = 300;
const PREVIEWED = 4;

/** Commands about what is known and was done: people's history, the log, and taking back. */
@Injectable()
export class RecordCommands {
  readonly all: readonly CommandDefinition[] = [
    {
      name: 'who',
      also: ['whois'],
      about: 'person',
      usage: '<who>',
      giver: 'moderator',
      help: 'Tells what is known of somebody here: how far they are trusted and why, what was decided, and notes.',
      undo: null,
      run: (order) => this.who(order),
    },
    {
      name: 'log',
      about: 'person',
      isOptional: true,
      takes: ['time'],
      usage: '[who] [24h]',
      giver: 'moderator',
      help: 'Shows what staff and the server did here lately, with the numbers that /undo takes.',
      undo: null,
      run: (order) => this.log(order),
    },
    {
      name: 'undo',
      about: 'nothing',
      usage: '[number]',
      giver: 'moderator',
      help: 'Takes back what /log shows under a number, with all that the same command did; without a number it says what taking back your latest act would do, and asks.',
      undo: null,
      run: (order) => this.undo(order),
    },
  ];

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly people: UserReportService,
    private readonly audit: AuditLog,
    private readonly undos: UndoService,
    private readonly commands: CommandsRepository,
    private readonly invitations: InvitationsRepository,
  ) {}

  private async who(order: CommandOrder): Promise<CommandEffect> {
    const person = personOf(order);
    const { token } = order.room;
    const events = await this.eventsOf(token, { target: person.sessionId });
    const lines = [
      `${called(person)} ${person.sessionId}`,
      ...(await this.standing(person.sessionId, token)),
    ];
    const inviter = await this.invitations.inviterOf(order.room.id, person.sessionId);
    if (inviter !== undefined) lines.push(`Invited by ${inviter}.`);
    if (events.length > 0) lines.push('What was decided and noted:', ...events.map(lineOf));
    return lines.join('\n');
  }

  private async standing(sessionId: string, token: string): Promise<string[]> {
    try {
      return describe(await this.people.report(sessionId), token);
    } catch (error) {
      if (error instanceof ProtocolError) return ['This server has not seen them yet.'];
      throw error;
    }
  }

  private async log({ person, room, seconds }: CommandOrder): Promise<CommandEffect> {
    const target = person?.sessionId;
    const since = seconds === undefined || seconds === Infinity ? undefined : this.clock.seconds() - seconds;
    const about = await this.eventsOf(room.token, { target, since });
    const by = target === undefined ? [] : await this.eventsOf(room.token, { actor: target, since });
    const events = [...about, ...by].sort((one, other) => one.id - other.id).slice(-LINES);
    return events.length === 0 ? 'Nothing is in the log.' : events.map(lineOf).join('\n');
  }

  private async undo(order: CommandOrder): Promise<CommandEffect> {
    const [word = ''] = order.text.trim().split(/\s+/u);
    if (word === '') return this.undoable(order);
    const id = readMessageId(word);
    if (id === undefined) throw new CommandMistake('Say the number that /log shows.');
    await this.refuseElsewhere(order, id);
    const events = await this.commands.eventsBeside(this.database, id);
    const done: string[] = [];
    const failed: string[] = [];
    // The latest comes first: a deletion after a ban is taken back before it. Each locks its room anew.
    for (const event of [...events].reverse()) {
      try {
        done.push((await order.part((tx) => this.undos.undo(tx, order.actor, event))).result);
      } catch (error) {
        // Acts in rooms where they may not take them back stay.
        if (!(error instanceof CannotUndo || error instanceof ProtocolError)) throw error;
        failed.push(error.message);
      }
    }
    if (done.length === 0) throw new CannotUndo(failed.join('; '));
    const rest = failed.length > 0 ? ` Not taken back: ${failed.join('; ')}.` : '';
    return `Taken back: ${done.join('; ')}.${rest}`;
  }

  /** Moderators of a room take back what was done there. */
  private async refuseElsewhere({ actor, room }: CommandOrder, id: number): Promise<void> {
    const event = await this.audit.get(id);
    const isHere = event?.room?.toLowerCase() === room.token.toLowerCase();
    const isOwn = event?.actor === actorName(actor);
    if (!event || (!isHere && !isOwn)) throw new CommandMistake(`There is no ${id} in the log of this room.`);
  }

  /** @throws CommandDoubt that asks whether the latest act of the author is to be taken back */
  private async undoable(order: CommandOrder): Promise<CommandEffect> {
    const { actor, room } = order;
    const own = await this.eventsOf(room.token, { actor: actorName(actor) });
    const lines: { id: number; text: string }[] = [];
    const seen = new Set<number>();
    for (const { id, kind, at } of own.reverse()) {
      if (lines.length === ACTS) break;
      if (seen.has(id)) continue;
      const events = await this.commands.eventsBeside(this.database, id);
      for (const event of events) seen.add(event);
      const results = await this.preview(actor, [...events].reverse());
      if (results.length === 0) continue;
      const text = `/undo ${id} (${kind}, ${momentText(at)}): ${results.join('; ')}`;
      lines.push({ id, text: oneLine(text, ACT) });
    }
    const [latest, ...earlier] = lines;
    if (!latest) return 'There is nothing of yours to take back. /log shows what others did.';
    const others =
      earlier.length > 0
        ? ['To take back something earlier, write one of these:', ...earlier.map(({ text }) => text)]
        : [];
    throw new CommandDoubt({
      text: [`Take this back? ${latest.text}`, ...others].join('\n'),
      options: [{ word: 'yes', label: latest.text, command: `/undo ${latest.id}` }],
    });
  }

  /** Says what taking back events of one command would do; leaves out those that can't be taken back, or have been. */
  private async preview(actor: CommandOrder['actor'], events: readonly number[]): Promise<string[]> {
    const results: string[] = [];
    for (const event of events.slice(0, PREVIEWED)) {
      try {
        results.push((await this.undos.preview(actor, event)).result);
      } catch (error) {
        if (!(error instanceof CannotUndo || error instanceof ProtocolError)) throw error;
      }
    }
    const more = events.length - PREVIEWED;
    return results.length > 0 && more > 0 ? [...results, `and ${counted(more, 'part')} more`] : results;
  }

  /** The latest events of the room and of the whole server, oldest first. */
  private eventsOf(
    token: string,
    filter: { actor?: string | undefined; target?: string | undefined; since?: number | undefined },
  ): Promise<RecordedEvent[]> {
    return this.audit.find({ ...filter, here: token, limit: LINES });
  }
}

function describe(report: UserReport, token: string): string[] {
  const here = report.rooms[token];
  const trust = report.trust[token];
  const states = [
    ...(report.global_moderator ? ['moderates the server'] : []),
    ...(here?.moderator ? ['moderates this room'] : []),
    ...(report.banned ? ['banned from the server'] : []),
    ...(here?.banned ? ['banned here'] : []),
    ...[report.marks, here ?? {}].flatMap(({ trusted, muted_until, shadowed }) => [
      ...(trusted ? ['trusted by staff'] : []),
      ...(muted_until === undefined ? [] : [`muted until ${momentText(muted_until)}`]),
      ...(shadowed ? ['shadow-banned'] : []),
    ]),
  ];
  return [
    `First seen ${momentText(report.created_at)}, last ${momentText(report.last_active_at)}.`,
    ...(trust ? [`Trust: ${trust.level}, by ${trust.by}.`] : []),
    ...(trust?.missing ? [`For the next level: ${trust.missing}.`] : []),
    ...(states.length > 0 ? [`Now: ${states.join(', ')}.`] : []),
  ];
}

function lineOf({ id, at, actor, kind, target, after }: RecordedEvent): string {
  const details = (after ?? {}) as { reason?: string; text?: string; why?: string };
  const words = details.reason ?? details.text ?? details.why;
  const whom = target === null ? '' : ` ${target.slice(0, 10)}`;
  const line = `${id} ${momentText(at)} ${actor.slice(0, 10)}: ${kind}${whom}${words === undefined ? '' : `: ${words}`}`;
  return oneLine(line, LINE);
}
