import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { HeldEdits } from '../../messages/held-edits.service.js';
import { Publication } from '../../messages/publication/publication.service.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { PublicationRepository } from '../../records/messages/publication.repository.js';
import {
  QueueRepository,
  type WaitingEntry,
  type WaitingText,
} from '../../records/messages/queue.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { clustersOf } from './clusters.js';

/** Texts that are in memory at once. */
const TEXTS_AT_ONCE = 200;

/** Something that waits in a room, as moderators see it. */
export interface QueueEntry {
  /** The id of the message, also for an edit of it. */
  id: number;
  session_id: string;
  /** When the message was posted, or when the edit was held; unix seconds. */
  posted: number;
  /** A `HoldReason`; `edit` for every edit. */
  reason: string | null;
  /** The smallest id of the held messages that are like it; null when there are no others. */
  like: number | null;
  /** Its text; null when that can’t be read. */
  text: string | null;
}

/** The entries that are meant: some ids, everything, or all that is like one message. */
export type QueueSelection = { ids: readonly number[] } | { all: true } | { like: number };

/** The outcome for entries. */
export interface QueueReport {
  /** Ids of messages that are for everyone now; `was` is the id that it waited under. */
  published: { id: number; was: number }[];
  /** Ids of messages whose edit took effect. */
  edited: number[];
  rejected: number[];
  /** Ids of messages that clients would not take any more. */
  tooLate: number[];
  /** Ids that do not wait. */
  unknown: number[];
}

/** The entries of a selection, under the room's lock. */
interface Selected {
  messages: number[];
  /** Messages that were there for everyone until members reported them. */
  hidden: number[];
  edits: number[];
  unknown: number[];
}

/** The messages and edits of a room that wait for a moderator. */
@Injectable()
export class QueueService {
  constructor(
    private readonly access: RoomAccess,
    private readonly queue: QueueRepository,
    private readonly messages: PublicationRepository,
    private readonly publication: Publication,
    private readonly edits: HeldEdits,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Everything that waits in a room, by id.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async list(token: string, actor: Actor): Promise<QueueEntry[]> {
    const room = await this.access.look(token, actor, 'moderator');
    const waiting = await this.queue.waiting(room.id);
    const clusters = clustersOf(waiting);
    const entries: QueueEntry[] = [];
    for (let start = 0; start < waiting.length; start += TEXTS_AT_ONCE) {
      const ids = waiting.slice(start, start + TEXTS_AT_ONCE).map(({ id }) => id);
      const texts = await this.queue.texts(room.id, ids);
      entries.push(...texts.map((text) => entryOf(text, clusters.get(text.id))));
    }
    return entries;
  }

  /**
   * Publishes what waits. Messages leave the incident that they were part of: staff vouches for them.
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async publish(
    tx: Transaction,
    token: string,
    actor: Actor,
    selection: QueueSelection,
  ): Promise<QueueReport> {
    const room = await this.access.open(tx, token, actor, 'moderator');
    const { messages, hidden, edits, unknown } = await this.select(tx, room, selection);
    const held = await this.publication.publish(tx, room, messages);
    const again = await this.publication.giveBack(tx, room, hidden);
    const published = [...held.published, ...again.published];
    const tooLate = [...held.tooLate, ...again.tooLate];
    const ids = published.map(({ id }) => id);
    await this.messages.leaveIncident(tx, ids);
    const edited = await this.edits.publish(tx, room, edits);
    if (published.length + edited.length > 0) {
      await this.events.record(tx, {
        actor: actorName(actor),
        kind: 'queue.publish',
        room: room.token,
        before: { messages: published.map(({ was }) => was) },
        after: { messages: ids, edits: edited },
      });
    }
    return {
      published: published.map(({ id, was }) => ({ id, was })),
      edited,
      rejected: [],
      tooLate,
      unknown,
    };
  }

  /**
   * Rejects what waits: messages are deleted, and edits never take effect.
   * @throws ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async reject(
    tx: Transaction,
    token: string,
    actor: Actor,
    selection: QueueSelection,
  ): Promise<QueueReport> {
    const room = await this.access.open(tx, token, actor, 'moderator');
    const { messages, hidden, edits, unknown } = await this.select(tx, room, selection);
    const rejected = [
      ...(await this.publication.reject(tx, room, messages)),
      ...(await this.publication.rejectHidden(tx, room, hidden)),
    ];
    const rejectedEdits = await this.edits.reject(tx, room, edits);
    if (rejected.length + rejectedEdits.length > 0) {
      await this.events.record(tx, {
        actor: actorName(actor),
        kind: 'queue.reject',
        room: room.token,
        before: { messages: rejected, edits: rejectedEdits },
      });
    }
    return { published: [], edited: [], rejected: [...rejected, ...rejectedEdits], tooLate: [], unknown };
  }

  private async select(tx: Transaction, room: Room, selection: QueueSelection): Promise<Selected> {
    const waiting = await this.queue.waiting(room.id, tx);
    const chosen = choose(waiting, selection);
    const found = new Set(chosen.map(({ id }) => id));
    const asked = 'ids' in selection ? selection.ids : 'like' in selection ? [selection.like] : [];
    const idsOf = (kind: WaitingEntry['what']): number[] =>
      chosen.filter(({ what }) => what === kind).map(({ id }) => id);
    return {
      messages: idsOf('held'),
      hidden: idsOf('hidden'),
      edits: idsOf('edit'),
      unknown: [...new Set(asked)].filter((id) => !found.has(id)),
    };
  }
}

function choose(waiting: readonly WaitingEntry[], selection: QueueSelection): readonly WaitingEntry[] {
  if ('all' in selection) return waiting;
  if ('ids' in selection) {
    const ids = new Set(selection.ids);
    return waiting.filter(({ id }) => ids.has(id));
  }
  const clusters = clustersOf(waiting);
  const cluster = clusters.get(selection.like);
  return waiting.filter(({ id }) => id === selection.like || (cluster && clusters.get(id) === cluster));
}

function entryOf(
  { id, sessionId, postedAt, heldFor, data }: WaitingText,
  like: number | undefined,
): QueueEntry {
  return {
    id,
    session_id: sessionId,
    posted: postedAt,
    reason: heldFor,
    like: like ?? null,
    text: readContent(data)?.body ?? null,
  };
}
