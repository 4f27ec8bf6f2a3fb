import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';

/** The most newcomers whom staff can expect in a room at once. */
export const MOST_EXPECTED = 10_000;

/** Announcements of staff that many honest newcomers will come. */
@Injectable()
export class Expectations {
  constructor(
    private readonly access: RoomAccess,
    private readonly defences: RoomDefenceRepository,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Raises the budgets of a room for a time, in place of what was expected before.
   * @param people  how many more newcomers than usual; 0 ends it
   * @param seconds for how long
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async expect(
    tx: Transaction,
    actor: Actor,
    token: string,
    { people, seconds }: { people: number; seconds: number },
  ): Promise<void> {
    const room = await this.access.open(tx, token, actor, 'moderator');
    const found = await this.defences.find(tx, room.token);
    if (!found) throw new ProtocolError('room_not_found');
    const { defence, now } = found;
    const expectedUntil = people === 0 ? null : now + seconds;
    await this.defences.save(tx, room.id, { ...defence, expected: people, expectedUntil });
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'raid.expect',
      room: room.token,
      before: { people: defence.expected, until: defence.expectedUntil },
      after: { people, until: expectedUntil },
    });
  }
}
