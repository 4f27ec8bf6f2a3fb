import { Injectable } from '@nestjs/common';
import { counted, momentText } from '../../foundation/wording.js';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { CleanUpService } from '../../messages/clean-up.service.js';
import { DeletionService } from '../../messages/deletion.service.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { UsersService } from '../../users/users.service.js';
import { PLAZA } from '../access/actor.js';
import { BansService, READS_FOR } from '../bans.service.js';
import { type MarkRequest, MarksService } from '../marks.service.js';
import { NotesService } from '../notes.service.js';
import {
  type CommandDefinition,
  CommandMistake,
  type CommandEffect,
  type CommandOrder,
} from './command-definition.js';
import { NOTICES, type Notices } from './texts/index.js';
import { called, lasting, personOf, place, reasonOf, scopeOfOrder } from './words.js';

/** Seconds of a mute without a time. */
const MUTED_FOR = 60 * 60;
const WHO = '<who>';

/** Commands about what people may do. */
@Injectable()
export class PeopleCommands {
  readonly all: readonly CommandDefinition[] = [
    {
      name: 'ban',
      about: 'person',
      takes: ['time', 'all', 'everything'],
      usage: `${WHO} [4h] [all] [everything] [reason]`,
      giver: 'moderator',
      help: 'Bans somebody here, or in all your rooms: they write nothing more, and read for a minute why. With “everything” all that they wrote goes, too.',
      undo: '/undo or /unban',
      run: (order) => this.ban(order),
    },
    {
      name: 'unban',
      about: 'person',
      takes: ['all'],
      usage: `${WHO} [all]`,
      giver: 'moderator',
      help: 'Lifts a ban.',
      undo: '/ban',
      run: (order) => this.unban(order),
    },
    {
      name: 'mute',
      also: ['timeout'],
      about: 'person',
      takes: ['time', 'all'],
      usage: `${WHO} [4h | forever] [all] [reason]`,
      giver: 'moderator',
      help: 'Mutes somebody, for an hour without a time: they read on, and are told why.',
      undo: '/undo or /unmute',
      run: (order) => this.mute(order),
    },
    this.mark('unmute', 'Lets a muted person write again.', '/mute', 'may write again', (tx, ...of) =>
      this.marks.unmute(tx, ...of),
    ),
    {
      name: 'warn',
      about: 'person',
      usage: `${WHO} <reason>`,
      giver: 'moderator',
      help: 'Tells somebody by a whisper what they did wrong.',
      undo: null,
      run: (order) => this.warn(order),
    },
    this.mark(
      'shadow',
      'Has nobody else see what somebody writes from now on, without telling them.',
      '/undo or /unshadow',
      'is shadow-banned',
      (tx, ...of) => this.marks.shadow(tx, ...of),
    ),
    this.mark(
      'unshadow',
      'Lets others see again what somebody writes.',
      '/shadow',
      'is seen again',
      (tx, ...of) => this.marks.unshadow(tx, ...of),
    ),
    this.mark(
      'trust',
      'Vouches for somebody: the defence against raids leaves them alone.',
      '/undo or /untrust',
      'is trusted',
      (tx, ...of) => this.marks.vouch(tx, ...of),
    ),
    this.mark(
      'untrust',
      'Makes somebody a stranger again, whatever they have earned.',
      '/undo or /trust',
      'is a stranger',
      (tx, ...of) => this.marks.distrust(tx, ...of),
    ),
    {
      name: 'note',
      about: 'person',
      usage: `${WHO} <text>`,
      giver: 'moderator',
      help: 'Writes a note about somebody, for moderators alone; /who shows it.',
      undo: null,
      run: (order) => this.note(order),
    },
  ];

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly users: UsersService,
    private readonly bans: BansService,
    private readonly marks: MarksService,
    private readonly notes: NotesService,
    private readonly deletions: DeletionService,
    private readonly cleanUps: CleanUpService,
  ) {}

  private async ban(order: CommandOrder): Promise<CommandEffect> {
    const person = personOf(order);
    const reason = reasonOf(order);
    const { actor, room, seconds, isEverything, isEverywhere } = order;
    const timeout = seconds === undefined || seconds === Infinity ? null : seconds;
    const request = {
      sessionId: person.sessionId,
      scope: scopeOfOrder(order),
      timeout,
      readsFor: READS_FOR,
      reason,
    };
    const until = timeout === null ? null : this.clock.seconds() + READS_FOR + timeout;
    const notice = this.notices(order).banned(
      until === null ? null : momentText(until),
      reason,
      this.settings.contact,
    );
    const tells = [{ to: person.sessionId, text: notice }];
    const says = `${called(person)} is banned ${place(order)}${lasting(timeout)}; they read for a minute why.`;
    if (!isEverything) {
      return order.finish(async (tx) => {
        await this.bans.ban(tx, actor, request);
        return { says, tells };
      });
    }
    await order.part((tx) => this.bans.ban(tx, actor, request));
    const gone = await this.eraseAll(order, person.sessionId, isEverywhere ? null : room.token);
    return { says: `${says} ${gone}`, tells };
  }

  /** Deletes all that somebody has left, in a room or (null) wherever the actor may. */
  private async eraseAll(order: CommandOrder, sessionId: string, token: string | null): Promise<string> {
    const { actor } = order;
    const user = await this.users.resolve(sessionId);
    if (!user) return 'They had written nothing.';
    if (actor === PLAZA) {
      const report = await this.cleanUps.banAll([user.id], { room: token, erase: true, actor });
      return `${counted(report.messages, 'message')} deleted.`;
    }
    if (token === null) {
      const { total } = await this.deletions.allEverywhere(actor, sessionId, order.part);
      return `${counted(total, 'message')} deleted.`;
    }
    const messages = await order.part((tx) => this.deletions.allInRoom(tx, token, actor, sessionId));
    return `${counted(messages, 'message')} deleted.`;
  }

  private unban(order: CommandOrder): Promise<CommandEffect> {
    const person = personOf(order);
    return order.finish(async (tx) => {
      await this.bans.unban(tx, order.actor, { sessionId: person.sessionId, scope: scopeOfOrder(order) });
      return `${called(person)} is not banned ${place(order)} any more.`;
    });
  }

  private mute(order: CommandOrder): Promise<CommandEffect> {
    const person = personOf(order);
    const reason = reasonOf(order);
    const seconds = order.seconds === Infinity ? null : (order.seconds ?? MUTED_FOR);
    const until = seconds === null ? null : momentText(this.clock.seconds() + seconds);
    const text = this.notices(order).muted(until, reason);
    return order.finish(async (tx) => {
      const request = { ...this.requestOf(order), reason, isTold: true };
      await this.marks.mute(tx, order.actor, request, seconds);
      return {
        says: `${called(person)} is muted ${place(order)}${lasting(seconds)}; they are told.`,
        tells: [{ to: person.sessionId, text }],
      };
    });
  }

  private warn(order: CommandOrder): Promise<CommandEffect> {
    const person = personOf(order);
    const reason = reasonOf(order);
    if (reason === undefined) throw new CommandMistake('Say what they did wrong: they are told.');
    return order.finish(async (tx) => {
      await this.notes.warn(tx, order.actor, {
        token: order.room.token,
        sessionId: person.sessionId,
        reason,
      });
      const text = this.notices(order).warned(reason);
      return { says: `${called(person)} is warned.`, tells: [{ to: person.sessionId, text }] };
    });
  }

  private note(order: CommandOrder): Promise<CommandEffect> {
    const person = personOf(order);
    const text = reasonOf(order);
    if (text === undefined) throw new CommandMistake('Write the note after the person.');
    return order.finish(async (tx) => {
      await this.notes.note(tx, order.actor, { token: order.room.token, sessionId: person.sessionId, text });
      return `Noted about ${called(person)}.`;
    });
  }

  private mark(
    name: string,
    help: string,
    undo: string,
    state: string,
    change: (...of: Parameters<MarksService['vouch']>) => Promise<void>,
  ): CommandDefinition {
    return {
      name,
      about: 'person',
      takes: ['all'],
      usage: `${WHO} [all]`,
      giver: 'moderator',
      help,
      undo,
      run: (order) =>
        order.finish(async (tx) => {
          await change(tx, order.actor, { ...this.requestOf(order), reason: reasonOf(order) });
          return `${called(personOf(order))} ${state} ${place(order)}.`;
        }),
    };
  }

  private requestOf(order: CommandOrder): MarkRequest {
    return { targets: [personOf(order).sessionId], scope: scopeOfOrder(order) };
  }

  private notices({ room }: CommandOrder): Notices {
    return NOTICES[settingsOf(room, this.settings).language];
  }
}
