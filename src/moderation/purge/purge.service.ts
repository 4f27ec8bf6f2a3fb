import { Injectable } from '@nestjs/common';
import { type Transact, type Transaction } from '../../foundation/database/database.js';
import { Publication } from '../../messages/publication/publication.service.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { type CommonTrait, PurgeRepository } from '../../records/messages/purge.repository.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';

/** Messages of one transaction: it holds the room for some tens of milliseconds. */
const AT_ONCE = 250;

/**
 * Takes back what strangers and newcomers have written and what goes together; members and staff are spared. Each transaction
 * takes some hundreds of messages, and one that was killed between them goes on where it was.
 */
@Injectable()
export class PurgeService {
  constructor(
    private readonly access: RoomAccess,
    private readonly purges: PurgeRepository,
    private readonly publication: Publication,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Takes back the published ones among messages that have something in common, and rejects the held ones.
   * @param why what that is, in words for the log
   * @returns how many there were
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async purge(
    actor: Actor,
    token: string,
    { common, why }: { common: CommonTrait; why: string },
    part: Transact,
  ): Promise<number> {
    const room = await this.access.look(token, actor, 'moderator');
    const ids = await this.purges.find(room.id, common);
    let total = 0;
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      const some = ids.slice(start, start + AT_ONCE);
      total += await part((tx) => this.purgeSome(tx, actor, token, some, why));
    }
    return total;
  }

  private async purgeSome(
    tx: Transaction,
    actor: Actor,
    token: string,
    ids: readonly number[],
    why: string,
  ): Promise<number> {
    const room = await this.access.open(tx, token, actor, 'moderator');
    const taken = await this.publication.takeBack(tx, room, ids, null);
    const rejected = await this.publication.reject(tx, room, ids);
    const gone = [...taken.map(({ id }) => id), ...rejected];
    if (gone.length === 0) return 0;
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'messages.purge',
      room: room.token,
      before: { ids: gone },
      after: { why },
    });
    return gone.length;
  }
}
