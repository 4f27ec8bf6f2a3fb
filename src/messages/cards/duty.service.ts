import { Injectable } from '@nestjs/common';
import { type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { RoomAccess } from '../../moderation/access/room-access.service.js';
import { DutiesRepository } from '../../records/cards/duties.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { type User } from '../../records/users/user.js';

/** The moderators on duty, whom the cards of a room mention, so that their telephones ring. */
@Injectable()
export class DutyService {
  constructor(
    private readonly access: RoomAccess,
    private readonly duties: DutiesRepository,
  ) {}

  /**
   * Puts a moderator on duty in a room.
   * @returns false when they were already
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async on(tx: Transaction, token: string, user: User): Promise<boolean> {
    const { room } = await this.access.visitToWrite(tx, token, user, 'moderator');
    return this.duties.add(tx, room.id, user.id);
  }

  /**
   * Takes a moderator off duty in a room.
   * @returns false when they were not on duty
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async off(tx: Transaction, token: string, user: User): Promise<boolean> {
    const { room } = await this.access.visitToWrite(tx, token, user, 'moderator');
    return this.duties.remove(tx, room.id, user.id);
  }

  /** Session IDs of those on duty in a room who still moderate it. */
  of(reader: DatabaseReader, { id }: Pick<Room, 'id'>): Promise<string[]> {
    return this.duties.of(reader, id);
  }
}
