import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { Clock } from '../../foundation/clock.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { type Event } from '../../records/events/event.js';
import { type Actor } from '../access/actor.js';
import { Expectations } from '../defence/expectations.service.js';
import { RaidStates } from '../raids/raid-states.service.js';
import { CannotUndo, present, type Undoings } from './undoing.js';
import { counted } from '../../foundation/wording.js';

/** Taking back what staff did about raids. */
@Injectable()
export class RaidUndoings {
  readonly all: Undoings = {
    'raid.ban': () => Promise.reject(new CannotUndo('raid undo takes back the ban of a whole raid')),
    'raid.state': (tx, actor, event) => this.changeBack(tx, actor, event),
    'raid.expect': async (tx, actor, event) => {
      const { people, until } = event.before;
      const seconds = (until ?? 0) - this.clock.seconds();
      const isOver = people === 0 || seconds <= 0;
      const room = present(event.room);
      await this.expectations.expect(
        tx,
        actor,
        room,
        isOver ? { people: 0, seconds: 0 } : { people, seconds },
      );
      return `${room} expects ${isOver ? 'no newcomers' : counted(people, 'newcomer')}`;
    },
  };

  constructor(
    private readonly clock: Clock,
    private readonly defences: RoomDefenceRepository,
    private readonly states: RaidStates,
    private readonly expectations: Expectations,
  ) {}

  /** A room that is in another state meanwhile stays so: somebody has decided about it since. */
  private async changeBack(tx: Transaction, actor: Actor, event: Event<'raid.state'>): Promise<string> {
    const { before, after } = event;
    if (after.cause !== undefined && after.cause !== 'staff')
      throw new CannotUndo('raid undo takes back a whole raid');
    const room = present(event.room);
    const state = await this.defences.stateOf(tx, room);
    if (state !== after.state) throw new CannotUndo(`the room is ${state} meanwhile`);
    if (before.state === 'guarded') await this.states.guard(tx, actor, room);
    else if (before.state === 'closed') await this.states.close(tx, actor, room, null);
    else if (before.state === 'alert' && state === 'guarded') await this.states.end(tx, actor, room);
    else await this.states.calm(tx, actor, room);
    return `room ${room} is ${await this.defences.stateOf(tx, room)}`;
  }
}
