import { Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { InvitationsRepository } from '../../records/defence/invitations.repository.js';
import { type Caller, isShadowedIn, muteIn, NO_END } from '../../records/users/user.js';
import { RoomAccess } from '../access/room-access.service.js';
import { newPhrase } from '../defence/phrases.js';

/** Invitations of one person to a room in a day. */
const INVITATIONS_A_DAY = 5;
const DAY = 24 * 60 * 60;

/** A new phrase, or why there is none: too many today, or a guest of theirs was removed. */
export type InvitationResult = { phrase: string } | { refusal: 'too many' | 'guest removed' };

/**
 * Invitations: somebody established lets a stranger in, whose first post is published whatever happens in the room (the open
 * lane beside a raid). To ask whether they are established is for the caller.
 */
@Injectable()
export class InvitationsService {
  constructor(
    private readonly clock: Clock,
    private readonly access: RoomAccess,
    private readonly invitations: InvitationsRepository,
  ) {}

  /**
   * Makes an invitation to a room. The room's lock keeps two at once from both being the last one of a day.
   * @throws ProtocolError `room_not_found`, `banned`, `permission_denied` or `muted`
   */
  async invite(tx: Transaction, token: string, inviter: Caller): Promise<InvitationResult> {
    const { room, caller } = await this.access.visitToWrite(tx, token, inviter, 'write');
    const now = this.clock.seconds();
    const until = muteIn(room.id, caller, now);
    if (until !== null) {
      throw new ProtocolError('muted', undefined, until === NO_END ? undefined : Math.ceil(until - now));
    }
    // One that lets nobody in.
    if (isShadowedIn(room.id, caller)) return { phrase: newPhrase() };
    const { id } = await this.access.enter(tx, caller);
    const { recent, hasRemovedGuest } = await this.invitations.historyOf(tx, room.id, id, DAY);
    if (hasRemovedGuest) return { refusal: 'guest removed' };
    if (recent >= INVITATIONS_A_DAY) return { refusal: 'too many' };
    for (;;) {
      const phrase = newPhrase();
      if (await this.invitations.add(tx, room.id, id, phrase)) return { phrase };
    }
  }
}
