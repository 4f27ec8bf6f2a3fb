import { Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { type Transaction } from '../../foundation/database/database.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { type HideReason } from '../../records/defence/held.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { FilesRepository } from '../../records/files/files.repository.js';
import { MessageHistoryRepository } from '../../records/messages/message-history.repository.js';
import {
  type PublishedMessage,
  PublicationRepository,
  type UnpublishedMessage,
} from '../../records/messages/publication.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { Eraser, SIGNED_FOR } from './eraser.service.js';

/**
 * Bounds within which a held message is published with its id and its `posted`. A client takes what lies further back for
 * read, so nobody would notice it there.
 */
const IN_PLACE = { seconds: 10 * 60, newer: 20 };

/** The messages that became visible to everyone, and those that it is too late for. */
export interface PublicationResult {
  published: PublishedMessage[];
  /** Ids of messages that clients would not take any more; they stay as they are. */
  tooLate: number[];
}

/**
 * Moves messages between the states of `message-state.ts`; nothing else does. The transaction has locked the room before,
 * and each move looks at the state that it comes from, so of two at once the second finds nothing to do. It asks nobody for
 * permission.
 */
@Injectable()
export class Publication {
  constructor(
    private readonly clock: Clock,
    private readonly messages: PublicationRepository,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersRepository,
    private readonly history: MessageHistoryRepository,
    private readonly files: FilesRepository,
    private readonly trust: TrustRepository,
    private readonly eraser: Eraser,
  ) {}

  /**
   * Publishes held messages, oldest first: where they stand while that is among the newest messages, otherwise under new ids
   * and at new times. The authors are told of the deletion of the old ones then.
   * @param ids of messages; those that are not held, or are in another room, are passed over
   */
  async publish(tx: Transaction, room: Room, ids: readonly number[]): Promise<PublicationResult> {
    const held = await this.messages.held(tx, room.id, ids, IN_PLACE);
    const { inTime, tooLate } = this.inTime(held.filter(({ data }) => data !== null));
    const inPlace = held.filter(({ data }) => data === null).map(({ id }) => id);
    await this.holdAuthors(tx, held);
    const published: PublishedMessage[] = [];
    if (inPlace.length > 0) {
      const last = await this.rooms.takeSeqnos(tx, room.id, inPlace.length);
      published.push(...(await this.messages.publishInPlace(tx, inPlace, last - inPlace.length + 1)));
    }
    if (inTime.length > 0) {
      published.push(...(await this.messages.publishAnew(tx, room.id, inTime)));
      await this.eraser.rowsOf(tx, room, inTime);
    }
    return { published: await this.recorded(tx, room, published), tooLate };
  }

  /**
   * Deletes held messages and their files; the authors are told. Their texts are kept for REJECTED_DAYS.
   * @returns the ids of those that were held
   */
  async reject(tx: Transaction, room: Room, ids: readonly number[]): Promise<number[]> {
    const held = (await this.messages.held(tx, room.id, ids, IN_PLACE)).map(({ id }) => id);
    await this.eraser.messagesOf(tx, room, held);
    await this.messages.markRejected(tx, held);
    return held;
  }

  /** Deletes held messages, their texts and their files, because nobody has looked at them. */
  async drop(tx: Transaction, room: Room, ids: readonly number[]): Promise<number[]> {
    const held = (await this.messages.held(tx, room.id, ids, IN_PLACE)).map(({ id }) => id);
    await this.eraser.rowsOf(tx, room, held);
    await this.history.forget(tx, held);
    await this.files.expireOfMessages(tx, held);
    return held;
  }

  /**
   * Takes published messages back: their reactions and pins go, everybody is told of the deletion, and their files stay,
   * readable by nobody. Authors of whom nothing is left are strangers again.
   * @param incidentId of the incident that they belong to; null leaves that as it is
   * @returns those that were published
   */
  async takeBack(
    tx: Transaction,
    room: Room,
    ids: readonly number[],
    incidentId: number | null,
  ): Promise<{ id: number; userId: number }[]> {
    const published = await this.messages.published(tx, room.id, ids);
    const taken = published.map(({ id }) => id);
    await this.history.keep(tx, taken);
    await this.eraser.rowsOf(tx, room, taken);
    await this.files.releaseOfUnpinned(tx, taken);
    await this.messages.markWithdrawn(tx, taken, incidentId);
    await this.trust.forgetUnpublished(
      tx,
      room.id,
      published.map(({ userId }) => userId),
    );
    return published;
  }

  /**
   * Takes published messages back until a moderator has looked at them: {@link giveBack} publishes them again, and
   * {@link rejectHidden} leaves them taken back.
   * @returns the ids of those that were published
   */
  async hide(tx: Transaction, room: Room, ids: readonly number[], reason: HideReason): Promise<number[]> {
    const taken = (await this.takeBack(tx, room, ids, null)).map(({ id }) => id);
    await this.messages.markHidden(tx, taken, reason);
    return taken;
  }

  /** Rejects messages that are hidden. @returns the ids of those that were */
  async rejectHidden(tx: Transaction, room: Room, ids: readonly number[]): Promise<number[]> {
    const hidden = await this.messages.hidden(tx, room.id, ids);
    await this.messages.markRejected(tx, hidden);
    return hidden;
  }

  /**
   * Publishes messages that were withdrawn or rejected, under new ids and at new times. Reactions and
   * pins do not come back, nor do files of those that were rejected or deleted.
   * @param ids of messages; those whose text is not known any more are passed over
   * @param deleted whether ids of deleted messages may be among them; the caller knows that staff has deleted those
   */
  async giveBack(
    tx: Transaction,
    room: Room,
    ids: readonly number[],
    { deleted = false } = {},
  ): Promise<PublicationResult> {
    const gone = await this.messages.gone(tx, room.id, ids, deleted);
    const { inTime, tooLate } = this.inTime(gone);
    if (inTime.length === 0) return { published: [], tooLate };
    await this.holdAuthors(tx, gone);
    const published = await this.messages.publishAnew(tx, room.id, inTime);
    await this.messages.settleGone(tx, inTime);
    return { published: await this.recorded(tx, room, published), tooLate };
  }

  /** Parts the ids of messages that clients would still take from the others. */
  private inTime(messages: readonly UnpublishedMessage[]): { inTime: number[]; tooLate: number[] } {
    const now = this.clock.seconds();
    const inTime: number[] = [];
    const tooLate: number[] = [];
    for (const { id, data, postedAt } of messages) {
      const signed = (data && readContent(data)?.timestamp) ?? postedAt * 1000;
      // A time that lies ahead is no better for clients than one that is long past.
      (Math.abs(now - signed / 1000) <= SIGNED_FOR ? inTime : tooLate).push(id);
    }
    return { inTime, tooLate };
  }

  /** Rows that refer to the authors are about to be written, in whatever order. */
  private async holdAuthors(tx: Transaction, messages: readonly { userId: number }[]): Promise<void> {
    if (messages.length === 0) return;
    await this.users.holdRows(tx, [...new Set(messages.map(({ userId }) => userId))]);
  }

  private async recorded(
    tx: Transaction,
    room: Room,
    published: PublishedMessage[],
  ): Promise<PublishedMessage[]> {
    await this.trust.recordPublished(
      tx,
      room.id,
      published.map(({ userId, postedAt }) => ({ userId, at: postedAt })),
    );
    return published;
  }
}
