import { Injectable } from '@nestjs/common';
import { counted } from '../../foundation/wording.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { InboxService } from '../../inbox/inbox.service.js';
import { CleanUpService } from '../../messages/clean-up.service.js';
import { Eraser } from '../../messages/publication/eraser.service.js';
import { Publication } from '../../messages/publication/publication.service.js';
import { type Incident, IncidentsRepository } from '../../records/defence/incidents.repository.js';
import { RaidsRepository } from '../../records/defence/raids.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { RaidStates } from './raid-states.service.js';

/** People or messages of one transaction: it holds the room for some tens of milliseconds. */
const AT_ONCE = 250;

/** There was never an incident in a room. */
export class NoIncident extends Error {
  override readonly name = 'NoIncident';

  constructor(token: string) {
    super(`there was no raid on ${token}`);
  }
}

/** Counts of what the ban of an incident did. */
export interface RaidBanReport {
  incident: number;
  people: number;
  messages: number;
  reactions: number;
  files: number;
  directMessages: number;
}

const COUNTS = ['people', 'messages', 'reactions', 'files', 'directMessages'] as const;

/** Counts of what taking an incident back did. */
export interface RaidUndoReport {
  incident: number;
  /** People who are not banned any more. */
  people: number;
  /** Messages that everyone sees now. */
  messages: number;
  /** Messages that clients would not take any more. */
  tooLate: number;
}

/**
 * Deals with all people and messages of an incident as one. Each transaction takes some hundreds of them, so a room is held
 * only briefly. A run that was killed has dealt with some wholly and with the others not at all; the next one goes on
 * with those.
 */
@Injectable()
export class RaidService {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly states: RaidStates,
    private readonly incidents: IncidentsRepository,
    private readonly raids: RaidsRepository,
    private readonly cleanUps: CleanUpService,
    private readonly publication: Publication,
    private readonly eraser: Eraser,
    private readonly inbox: InboxService,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Bans everybody from a room who took part in its latest incident and whom nobody trusts, with all that they have there
   * and with their direct messages. Messages are taken back or rejected, so that {@link undo} can bring them back.
   * @throws ProtocolError `room_not_found`, `banned`, `permission_denied` or NoIncident
   */
  async ban(actor: Actor, token: string): Promise<RaidBanReport> {
    const incident = await this.latest(actor, token, (tx, one) => this.raids.gatherPublished(tx, one));
    const total = {
      incident: incident.id,
      people: 0,
      messages: 0,
      reactions: 0,
      files: 0,
      directMessages: 0,
    };
    const raiders = await this.raids.raiders(incident.id, incident.roomId);
    for (let start = 0; start < raiders.length; start += AT_ONCE) {
      const some = raiders.slice(start, start + AT_ONCE);
      add(total, await this.database.transact((tx) => this.banSome(tx, actor, token, incident.id, some)));
    }
    await this.database.transact((tx) =>
      this.incidents.change(tx, incident.id, { isBanned: true, isUndone: false }),
    );
    return total;
  }

  /**
   * Takes back that the latest incident of a room was one: the room is calm, whoever was banned for it is not any more, and
   * what was held, taken back or rejected is published, as far as clients still take it.
   * @throws ProtocolError `room_not_found`, `banned`, `permission_denied` or NoIncident
   */
  async undo(actor: Actor, token: string): Promise<RaidUndoReport> {
    const incident = await this.latest(actor, token);
    const total = { incident: incident.id, people: 0, messages: 0, tooLate: 0 };
    await this.database.transact((tx) => this.states.calm(tx, actor, token));
    for (const { eventId, sessionIds } of await this.raids.bansOf(incident)) {
      total.people += await this.database.transact((tx) => this.unban(tx, actor, token, eventId, sessionIds));
    }
    for (let above = 0; ;) {
      const ids = await this.raids.unpublished(incident.id, above, AT_ONCE);
      if (ids.length === 0) break;
      above = ids.at(-1) ?? above;
      const { messages, tooLate } = await this.database.transact(async (tx) => {
        const room = await this.open(tx, actor, token);
        const held = await this.publication.publish(tx, room, ids);
        const gone = await this.publication.giveBack(tx, room, ids);
        return {
          messages: held.published.length + gone.published.length,
          tooLate: held.tooLate.length + gone.tooLate.length,
        };
      });
      total.messages += messages;
      total.tooLate += tooLate;
    }
    await this.database.transact((tx) => this.settleUndone(tx, actor, token, total));
    return total;
  }

  /** Bans some people, under the locks of the room and then of the people: no post of theirs can come between. */
  private async banSome(
    tx: Transaction,
    actor: Actor,
    token: string,
    incidentId: number,
    userIds: readonly number[],
  ): Promise<RaidBanReport> {
    const room = await this.open(tx, actor, token);
    const before = await this.raids.bannedAmong(tx, room.id, userIds);
    const people = await this.cleanUps.ban(tx, userIds, room);
    const ids = people.map(({ id }) => id);
    const messages = await this.raids.messagesOf(tx, room.id, ids);
    const rejected = await this.publication.reject(tx, room, messages);
    await this.raids.join(tx, rejected, incidentId);
    const taken = await this.publication.takeBack(tx, room, messages, incidentId);
    const rest = await this.eraser.allOf(tx, room, ids);
    const directMessages = await this.inbox.deleteSent(tx, ids);
    const report = {
      incident: incidentId,
      people: people.length,
      messages: rejected.length + taken.length + rest.messages,
      reactions: rest.reactions,
      files: rest.files,
      directMessages,
    };
    const newly = people.filter(({ id }) => !before.has(id)).map(({ sessionId }) => sessionId);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'raid.ban',
      room: room.token,
      after: { ...report, session_ids: newly },
    });
    return report;
  }

  /** Lifts the bans of one transaction of {@link ban}, once. */
  private async unban(
    tx: Transaction,
    actor: Actor,
    token: string,
    eventId: number,
    sessionIds: readonly string[],
  ): Promise<number> {
    const event = await this.events.findToUndo(tx, eventId);
    if (!event || event.isUndone) return 0;
    const room = await this.open(tx, actor, token);
    const people = await this.cleanUps.unban(tx, sessionIds, room);
    const result = `${counted(people, 'person', 'people')} not banned any more`;
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'undo',
      room: room.token,
      undoes: eventId,
      after: { kind: 'raid.ban', result },
    });
    return people;
  }

  private async settleUndone(
    tx: Transaction,
    actor: Actor,
    token: string,
    report: RaidUndoReport,
  ): Promise<void> {
    const room = await this.open(tx, actor, token);
    await this.incidents.change(tx, report.incident, { ends: true, isBanned: false, isUndone: true });
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'raid.undo',
      room: room.token,
      after: { ...report },
    });
  }

  /** @param gather adds to the messages of the incident those that concern what is done */
  private async latest(
    actor: Actor,
    token: string,
    gather?: (tx: Transaction, incident: Incident) => Promise<void>,
  ): Promise<Incident> {
    return this.database.transact(async (tx) => {
      const room = await this.open(tx, actor, token);
      const incident = await this.incidents.latest(room.id, tx);
      if (!incident) throw new NoIncident(token);
      await this.raids.gather(tx, incident);
      await gather?.(tx, incident);
      return incident;
    });
  }

  private open(tx: Transaction, actor: Actor, token: string): Promise<Room> {
    return this.access.open(tx, token, actor, 'moderator');
  }
}

function add(total: RaidBanReport, more: RaidBanReport): void {
  for (const name of COUNTS) total[name] += more[name];
}
