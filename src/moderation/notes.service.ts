import { Injectable } from '@nestjs/common';
import { type Transaction } from '../foundation/database/database.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { type Actor, actorName } from './access/actor.js';
import { type PersonInRoom } from './scope.js';
import { StandingGate } from './standing-gate.service.js';

/** Warnings of people and notes about them; the log of events keeps them. */
@Injectable()
export class NotesService {
  constructor(
    private readonly gate: StandingGate,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Notes that staff warns somebody; to tell them is for the caller.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async warn(
    tx: Transaction,
    actor: Actor,
    { reason, ...subject }: PersonInRoom & { reason: string },
  ): Promise<void> {
    const { room, target } = await this.gate.openForMember(tx, actor, subject);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'warn',
      target: target.sessionId,
      room: room.token,
      after: { reason },
    });
  }

  /**
   * Notes something about somebody for the room's staff.
   * @throws ProtocolError `banned`, `room_not_found` or `permission_denied`
   */
  async note(
    tx: Transaction,
    actor: Actor,
    { text, ...subject }: PersonInRoom & { text: string },
  ): Promise<void> {
    const { room, target } = await this.gate.openForMember(tx, actor, subject);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'note',
      target: target.sessionId,
      room: room.token,
      after: { text },
    });
  }
}
