import { Injectable } from '@nestjs/common';
import { counted } from '../../foundation/wording.js';
import { durationText, secondsOf } from '../../foundation/duration.js';
import { type Transaction } from '../../foundation/database/database.js';
import { roomSettingsSchema } from '../../records/rooms/room-settings.js';
import { DutyService } from '../../messages/cards/duty.service.js';
import { RoomUpdateService } from '../../rooms/room-update.service.js';
import { PLAZA } from '../access/actor.js';
import { Expectations, MOST_EXPECTED } from '../defence/expectations.service.js';
import { RaidService } from '../raids/raid.service.js';
import { RaidStates } from '../raids/raid-states.service.js';
import {
  type CommandDefinition,
  CommandMistake,
  type CommandEffect,
  type CommandOrder,
} from './command-definition.js';
import { lasting } from './words.js';

/** Seconds for which newcomers are expected when no time is said. */
const EXPECTED_FOR = 2 * 60 * 60;

/** Commands about a room as a whole: how fast people write, who may, and raids. */
@Injectable()
export class RoomCommands {
  readonly all: readonly CommandDefinition[] = [
    {
      name: 'slow',
      about: 'nothing',
      usage: '<30s | off>',
      giver: 'moderator',
      help: 'Has everybody but staff wait between two of their messages.',
      undo: '/slow off or /undo',
      run: (order) => this.slow(order),
    },
    {
      name: 'lockdown',
      also: ['close', 'lock'],
      about: 'nothing',
      takes: ['time'],
      usage: '[1h]',
      giver: 'moderator',
      help: 'Closes the room to strangers and newcomers; members write on.',
      undo: '/undo or /open',
      run: (order) => this.lockdown(order),
    },
    {
      name: 'open',
      also: ['unlock'],
      about: 'nothing',
      usage: '',
      giver: 'moderator',
      help: 'Opens the room again after /lockdown or /raid on.',
      undo: '/undo or /lockdown',
      run: (order) =>
        order.finish(async (tx) => {
          await this.states.calm(tx, order.actor, order.room.token);
          return 'The room is open.';
        }),
    },
    {
      name: 'raid',
      about: 'nothing',
      usage: '[on | off | end | ban | undo]',
      giver: 'moderator',
      help: 'Shows how the room stands; “on” holds what strangers write, “off” ends that; “ban” bans all who took part in the latest raid with all that they wrote, and “undo” takes the whole raid back.',
      undo: '/raid off or /raid undo; /undo for on and off',
      run: (order) => this.raid(order),
    },
    {
      name: 'expect',
      about: 'nothing',
      usage: '<200> [2h] | off',
      giver: 'moderator',
      help: 'Says that so many honest newcomers will come, after an announcement: they are not held for being many.',
      undo: '/undo or /expect off',
      run: (order) => this.expect(order),
    },
    {
      name: 'duty',
      about: 'nothing',
      usage: '<on | off>',
      giver: 'moderator',
      help: 'Puts you on duty: cards and reports mention you, so that your phone rings.',
      undo: '/duty off',
      run: (order) => this.duty(order),
    },
  ];

  constructor(
    private readonly rooms: RoomUpdateService,
    private readonly states: RaidStates,
    private readonly raids: RaidService,
    private readonly expectations: Expectations,
    private readonly duties: DutyService,
  ) {}

  private duty({ actor, room, text, finish }: CommandOrder): Promise<CommandEffect> {
    const word = text.trim().toLowerCase();
    if (actor === PLAZA || actor.id === null) throw new CommandMistake('Only a person can be on duty.');
    if (word !== 'on' && word !== 'off') throw new CommandMistake('Say on or off.');
    return finish(async (tx) => {
      await this.duties[word](tx, room.token, actor);
      return word === 'on' ? 'You are on duty here: cards mention you.' : 'You are off duty here.';
    });
  }

  private slow(order: CommandOrder): Promise<CommandEffect> {
    const word = order.text.trim().toLowerCase();
    const seconds = word === 'off' ? 0 : (secondsOf(word) ?? secondsOf(`${word}s`));
    const slowMode = roomSettingsSchema.shape.slowMode.safeParse(seconds);
    if (!slowMode.success) throw new CommandMistake('Say for how long they wait, up to 6h, or off.');
    return order.finish(async (tx) => {
      await this.rooms.changeSettings(
        tx,
        order.actor,
        order.room.token,
        { slowMode: slowMode.data },
        'moderator',
      );
      if (slowMode.data === 0) return 'Slow mode is off.';
      return `Everybody waits ${durationText(slowMode.data)} between two messages.`;
    });
  }

  private lockdown(order: CommandOrder): Promise<CommandEffect> {
    const seconds = order.seconds === undefined || order.seconds === Infinity ? null : order.seconds;
    return order.finish(async (tx) => {
      await this.states.close(tx, order.actor, order.room.token, seconds);
      return `The room is closed to strangers and newcomers${lasting(seconds)}; members write on. /open opens it.`;
    });
  }

  private async raid(order: CommandOrder): Promise<CommandEffect> {
    const { actor, room } = order;
    const change = (does: (tx: Transaction) => Promise<unknown>, says: string): Promise<CommandEffect> =>
      order.finish(async (tx) => {
        await does(tx);
        return says;
      });
    switch (order.text.trim().toLowerCase()) {
      case '':
      case 'show':
        return this.shown(order);
      case 'on':
        return change(
          (tx) => this.states.guard(tx, actor, room.token),
          'What strangers write is held from now on. /raid off ends that.',
        );
      case 'off':
        return change(
          (tx) => this.states.calm(tx, actor, room.token),
          'The room is calm; /queue shows what is held.',
        );
      case 'end':
        return change(
          (tx) => this.states.end(tx, actor, room.token),
          'The raid is over; strangers solve a challenge for six hours more.',
        );
      case 'ban': {
        const { people, messages } = await this.raids.ban(actor, room.token);
        return `${counted(people, 'account')} banned and ${counted(messages, 'message')} deleted. /raid undo takes it back.`;
      }
      case 'undo': {
        const { people, messages, tooLate } = await this.raids.undo(actor, room.token);
        const late = tooLate > 0 ? ` ${counted(tooLate, 'message')} were too old.` : '';
        return `${counted(people, 'account')} not banned any more, ${counted(messages, 'message')} published.${late}`;
      }
      default:
        throw new CommandMistake('Say what to do about the raid.');
    }
  }

  private async shown({ actor, room }: CommandOrder): Promise<CommandEffect> {
    const { state, held, published, withdrawn, incident } = await this.states.show(actor, room.token);
    const raid =
      incident === null ? '' : ` Raid ${incident}: ${published} published, ${withdrawn} taken back.`;
    return `The room is ${state}. ${counted(held, 'message')} held.${raid}`;
  }

  private expect(order: CommandOrder): Promise<CommandEffect> {
    const [word = '', time] = order.text.trim().toLowerCase().split(/\s+/u);
    const people = word === 'off' ? 0 : /^\d{1,5}$/.test(word) ? Number(word) : Number.NaN;
    const seconds = time === undefined ? EXPECTED_FOR : secondsOf(time);
    if (!(people <= MOST_EXPECTED) || seconds === undefined || seconds === 0) {
      throw new CommandMistake('Say how many people, and for how long.');
    }
    const { actor, room } = order;
    return order.finish(async (tx) => {
      await this.expectations.expect(tx, actor, room.token, { people, seconds });
      if (people === 0) return 'The room expects no newcomers.';
      return `The room expects ${counted(people, 'newcomer')}${lasting(seconds)}.`;
    });
  }
}
