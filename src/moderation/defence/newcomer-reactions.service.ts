import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { type RoomState } from '../../records/defence/room-state.js';
import { acquaintanceOf, isAtLeast, trustIn } from '../../records/defence/trust.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { type Room } from '../../records/rooms/room.js';
import { type Caller } from '../../records/users/user.js';
import { countReaction } from './counting.js';
import { isEmoji } from './emoji.js';

/** States of a room in which strangers do not react. */
const WARY: readonly RoomState[] = ['guarded', 'closed'];

/**
 * Bounds the reactions of strangers and newcomers in rooms whose defence is on: they are emoji, and those of strangers
 * together have a budget, because fresh IDs that only react would otherwise fill what everybody reads.
 */
@Injectable()
export class NewcomerReactions {
  constructor(
    private readonly settings: Settings,
    private readonly trust: TrustRepository,
    private readonly defences: RoomDefenceRepository,
  ) {}

  /**
   * Lets a reaction in that is about to be added, and counts it if a stranger gives it. The transaction holds the room's
   * lock, so reactions that come at once are counted one after the other.
   * @throws ProtocolError `permission_denied` for what is no emoji, `room_guarded` for a stranger's beyond the budget or
   *   in a room that is guarded
   */
  async letIn(tx: Transaction, room: Room, caller: Caller, reaction: string): Promise<void> {
    if (settingsOf(room, this.settings).defence !== 'on') return;
    const known = await this.trust.of(tx, room.token, caller.id === null ? [] : [caller.id]);
    const level = trustIn(room.id, caller, acquaintanceOf(known, caller));
    if (isAtLeast(level, 'member')) return;
    // Anything else would be a text that everybody reads.
    if (!isEmoji(reaction)) throw new ProtocolError('permission_denied', 'new people react with emoji');
    if (level === 'stranger') await this.count(tx, room);
  }

  private async count(tx: Transaction, room: Room): Promise<void> {
    const found = await this.defences.find(tx, room.token);
    if (!found) throw new Error('A room that is locked is not there');
    const counted = WARY.includes(found.defence.state) ? undefined : countReaction(found);
    if (!counted) throw new ProtocolError('room_guarded');
    if (counted.over) await this.defences.keepDay(tx, room.id, counted.over.day, counted.over.busiest);
    await this.defences.save(tx, room.id, counted.defence);
  }
}
