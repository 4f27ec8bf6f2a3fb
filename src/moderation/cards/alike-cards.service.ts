import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type CardAnswer, CardKinds, type FinishEffect } from '../../messages/cards/card-kinds.service.js';
import { Cards } from '../../messages/cards/cards.service.js';
import { CleanUpService } from '../../messages/clean-up.service.js';
import { Eraser } from '../../messages/publication/eraser.service.js';
import { Publication } from '../../messages/publication/publication.service.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import {
  type AlikeMessage,
  AlikeRepository,
  type MessageTraits,
} from '../../records/defence/alike.repository.js';
import { LikenessRepository } from '../../records/defence/likeness.repository.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { type RecordedEvent } from '../../records/events/event.js';
import { EventCursorsRepository } from '../../records/events/event-cursors.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { type User } from '../../records/users/user.js';
import { RoomAccess } from '../access/room-access.service.js';
import { excerpt } from './excerpt.js';

const KIND = 'more alike';
const READER = 'offers after deletions';
/** Events of one transaction. */
const PAGE = 100;
/** Messages that are counted for a card. */
const COUNTED = 1_000;
/** Messages that one transaction removes: it holds the room for some tens of milliseconds. */
const AT_ONCE = 250;

/** The numbers of what was removed. */
interface Removed {
  messages: number;
  people: number;
}

/**
 * After a moderator has deleted something in whichever client, offers to remove what is like it. It reads the deletions in
 * `events`, so none is missed and none offered twice, and a deletion costs nothing more.
 */
@Injectable()
export class AlikeCards implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly rooms: RoomsRepository,
    private readonly kinds: CardKinds,
    private readonly cards: Cards,
    private readonly cursors: EventCursorsRepository,
    private readonly messages: AlikeRepository,
    private readonly likeness: LikenessRepository,
    private readonly trust: TrustRepository,
    private readonly cleanUps: CleanUpService,
    private readonly publication: Publication,
    private readonly eraser: Eraser,
    private readonly events: EventsRepository,
  ) {}

  onModuleInit(): void {
    this.kinds.register<MessageTraits>(KIND, {
      paced: 'group of like posts',
      buttons: [
        { reaction: '🧹', words: ['remove'] },
        { reaction: '🔨', words: ['remove and ban', 'ban'] },
        { reaction: '❌', words: ['leave'] },
      ],
      act: (answer, finish) => this.act(answer, finish),
    });
  }

  /** Offers what follows from the deletions since the last call. */
  async run(): Promise<void> {
    await this.database.transact(async (tx) => {
      const events = (await this.cursors.take(tx, READER, PAGE)).filter(isDeletion);
      if (events.length === 0) return;
      const tokens = [...new Set(events.flatMap(({ room }) => room?.toLowerCase() ?? []))];
      const found = await this.rooms.findMany(tx, tokens);
      const rooms = await this.rooms.lockMany(
        tx,
        found.map(({ id }) => id),
      );
      for (const event of events) {
        const room = rooms.find(({ token }) => token.toLowerCase() === event.room?.toLowerCase());
        if (room) await this.offer(tx, room, event);
      }
    });
  }

  private async offer(tx: Transaction, room: Room, event: RecordedEvent): Promise<void> {
    const traits = await this.suspiciousTraits(tx, room, event);
    const alike = await this.messages.alike(tx, room.id, traits, COUNTED);
    if (alike.length === 0) return;
    await this.cards.ask<MessageTraits>(tx, room, {
      kind: KIND,
      subject: subjectOf(traits),
      argument: traits,
      text: offerText(alike),
    });
  }

  /** Traits of what was deleted, without those that established members share. */
  private async suspiciousTraits(tx: Transaction, room: Room, event: RecordedEvent): Promise<MessageTraits> {
    const { likeness, incidents } = await this.messages.traitsOf(tx, room.id, deletedBy(event));
    if (likeness.length === 0) return { likeness, incidents };
    const common = await this.likeness.common(tx, room.token, likeness);
    return { likeness: likeness.filter((value) => !common.includes(value)), incidents };
  }

  private async act(
    { room, argument, actor, button }: CardAnswer<MessageTraits>,
    finish: FinishEffect,
  ): Promise<void> {
    if (button.reaction === '❌') {
      await finish(() => 'The other posts like it stay.');
      return;
    }
    const bans = button.reaction === '🔨';
    const total: Removed = { messages: 0, people: 0 };
    for (;;) {
      const removed = await this.database.transact((tx) => this.removeSome(tx, room, actor, argument, bans));
      if (!removed) break;
      total.messages += removed.messages;
      total.people += removed.people;
    }
    const banned = bans ? ` People banned here: ${total.people}.` : '';
    await finish(() => `Posts like it that were removed: ${total.messages}.${banned}`);
  }

  /**
   * Removes some of what is like what was deleted, as it is now: somebody may have become a member meanwhile.
   * @returns undefined when there is nothing left
   */
  private async removeSome(
    tx: Transaction,
    token: string,
    actor: User,
    traits: MessageTraits,
    bans: boolean,
  ): Promise<Removed | undefined> {
    const room = await this.access.open(tx, token, actor, 'moderator');
    const alike = await this.messages.alike(tx, room.id, traits, AT_ONCE);
    if (alike.length === 0) return undefined;
    const userIds = [...new Set(alike.map(({ userId }) => userId))].sort((one, other) => one - other);
    if (bans) {
      const by = { erase: true, actor: actor.sessionId };
      const { messages, people } = await this.cleanUps.banHere(tx, room, userIds, by);
      return { messages, people };
    }
    await this.remove(tx, room, actor.sessionId, alike);
    await this.trust.startAnew(tx, room.id, userIds);
    return { messages: alike.length, people: 0 };
  }

  /** Deletes messages, those that were held so that they can come back as a rejected one does. */
  private async remove(
    tx: Transaction,
    room: Room,
    actor: string,
    alike: readonly AlikeMessage[],
  ): Promise<void> {
    const held = alike.filter(({ isHeld }) => isHeld).map(({ id }) => id);
    const shown = alike.filter(({ isHeld }) => !isHeld).map(({ id }) => id);
    const rejected = await this.publication.reject(tx, room, held);
    if (rejected.length > 0) {
      await this.events.record(tx, {
        actor,
        kind: 'queue.reject',
        room: room.token,
        before: { messages: rejected, edits: [] },
      });
    }
    if (shown.length === 0) return;
    await this.eraser.messagesOf(tx, room, shown);
    await this.events.record(tx, {
      actor,
      kind: 'people.clean_up',
      room: room.token,
      after: { people: 0, session_ids: [], ids: shown },
    });
  }
}

function isDeletion({ kind, room }: RecordedEvent): boolean {
  return room !== null && (kind === 'message.delete' || kind === 'messages.delete_all');
}

function deletedBy({ kind, before, target }: RecordedEvent): { message: number } | { author: string } {
  return kind === 'message.delete' && before && 'message' in before
    ? { message: Number(before.message) }
    : { author: target ?? '' };
}

function subjectOf({ incidents, likeness }: MessageTraits): string {
  const [incident] = incidents;
  return incident === undefined ? `likeness ${Math.min(...likeness)}` : `incident ${incident}`;
}

function offerText(alike: readonly AlikeMessage[]): string {
  const people = new Set(alike.map(({ userId }) => userId)).size;
  const body = readContent(alike[0]?.data ?? Buffer.of())?.body ?? '';
  const posts = alike.length === COUNTED ? `${COUNTED} or more` : String(alike.length);
  return (
    `${posts} more ${alike.length === 1 ? 'post is' : 'posts are'} like what was just deleted, by ` +
    `${people} new ${people === 1 ? 'person' : 'people'}: “${excerpt(body, 100)}”`
  );
}
