import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { type Proof } from '../nonces/proof.js';
import { unlessRecordedIn } from '../nonces/unless-recorded.js';
import { NOW } from '../../foundation/database/now.js';
import { type MessageReader } from './message.js';
import { type HoldReason } from '../defence/held.js';
import { packMessages, unpackMessage } from './packed-messages.js';
import { MESSAGE_STATES, type MessageState } from './message-state.js';
import { FOR_EVERYONE, isCardOf, isStaffCardFor, openTo, visibleTo } from './visible-to.js';

/** The data that an author signed. */
export interface SignedContent {
  /** Without padding. */
  data: Buffer;
  /** Bytes with padding. */
  paddedSize: number;
  /** 64 raw bytes. */
  signature: Buffer;
}

/** A message about to be written. */
export interface NewMessage extends SignedContent {
  userId: number;
  whisperTo: number | null;
  whisperMods: boolean;
  /** Recognizes the post if it is sent again; null for what the server says itself. */
  digest: number | null;
  /** The proof of the request that posted it; undefined for an element of a batch and for the server. */
  proof: Proof | undefined;
  /** Whether it brings its author's row: then the nonce is recorded with the message, and the post costs two rows. */
  isFirst: boolean;
  state: MessageState;
  /** Null for a message that was never held. */
  heldFor: HoldReason | null;
  ruleId: number | null;
  /** Fingerprints that others may share; null without any. */
  likeness: readonly number[] | null;
  /** Null when it is part of no incident. */
  incidentId: number | null;
}

/** The values that the database gave a message when it was written. */
export interface WrittenMessage {
  id: number;
  seqno: number;
  /** Unix seconds. */
  postedAt: number;
}

export const WRITTEN_MESSAGE_COLUMNS: Columns<WrittenMessage> = {
  id: column.number,
  seqno: column.number,
  postedAt: column.number,
};

/** A message that is not deleted, as a change of it needs it. */
export interface LiveMessage {
  id: number;
  userId: number;
  /** Author's Session ID. */
  sessionId: string;
  state: MessageState;
}

/** A message that is no whisper, as pins and reactions need it. */
export interface RegularMessage {
  id: number;
  seqno: number;
}

/** A message that somebody may react to. */
export interface MessageToReact extends RegularMessage {
  /** The card that it is for them: the question of their challenge, or one for staff that they may answer. */
  card: 'challenge' | 'staff' | null;
}

/** A message about to be deleted. */
export interface MessageToDelete {
  id: number;
  /** The seqno of the deletion itself; those of its reactions' removal follow. */
  seqno: number;
  /** How many reactions go with it. */
  reactions: number;
}

/**
 * Milliseconds added to a message's own: the product of its seconds with 1000 falls a little short of the exact value
 * now and then, and clients round it down or to the nearest.
 */
export const PART_OF_MILLISECOND = 0.25;

const PACKED = unpackMessage('$4');

/**
 * Each message has a millisecond of its own in its room, later than those before it: Android takes two of one
 * millisecond for the same message. The room's row, locked by this, hands them out.
 */
const INSERT_MESSAGES = `WITH new AS (
   SELECT user_id, ${PACKED.data} AS data, padded_size, ${PACKED.signature} AS signature, whisper_to, whisper_mods, digest,
     CASE WHEN expires_at IS NOT NULL THEN ${PACKED.nonce} END AS nonce, expires_at,
     CASE WHEN expires_at IS NOT NULL THEN ${PACKED.fingerprint} END AS fingerprint, is_first,
     state, held_for, likeness, incident_id, rule_id, place
   FROM unnest($3::bigint[], $5::int[], $6::int[], $7::int[], $8::bigint[], $9::bool[], $10::bigint[], $11::float8[],
       $12::bool[], $13::message_state[], $14::text[], $15::text[], $16::bigint[], $17::bigint[])
     WITH ORDINALITY AS n (user_id, start, size, padded_size, whisper_to, whisper_mods, digest, expires_at,
       is_first, state, held_for, likeness, incident_id, rule_id, place)
 ), room AS (
   UPDATE rooms SET message_sequence = message_sequence + $2,
     latest_posted_ms = greatest(latest_posted_ms + 1, floor(${NOW} * 1000)::bigint) + $2 - 1
   WHERE id = $1
   RETURNING message_sequence - $2 AS before, latest_posted_ms - $2 AS before_ms
 ), inserted AS (
   INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation,
     data, padded_size, signature, whisper_to, whisper_mods, digest, nonce, nonce_fingerprint,
     state, held_for, likeness, incident_id, rule_id)
   SELECT $1, user_id, (before_ms + place + ${PART_OF_MILLISECOND}::float8) / 1000,
     before + place, before + place, before + place,
     data, padded_size, signature, whisper_to, whisper_mods, digest,
     CASE WHEN is_first THEN ${unlessRecordedIn('nonces', 'new.nonce')} END, CASE WHEN is_first THEN fingerprint END,
     state, held_for, likeness::bigint[], incident_id, rule_id
   FROM room, new
   ORDER BY place
   RETURNING seqno, id, posted_at
 ), recorded AS (
   INSERT INTO nonces (nonce, expires_at, fingerprint, message_id)
   SELECT ${unlessRecordedIn('messages', 'new.nonce')}, expires_at, fingerprint, inserted.id
   FROM room CROSS JOIN new JOIN inserted ON inserted.seqno = before + place
   WHERE nonce IS NOT NULL AND NOT is_first
 )
 SELECT seqno, id, posted_at AS "postedAt" FROM inserted ORDER BY seqno`;

const LIVE_MESSAGE_COLUMNS: Columns<LiveMessage> = {
  id: column.number,
  userId: column.number,
  sessionId: column.text,
  state: column.oneOf(MESSAGE_STATES),
};

const REGULAR_MESSAGE_COLUMNS: Columns<RegularMessage> = { id: column.number, seqno: column.number };

const MESSAGE_TO_REACT_COLUMNS: Columns<MessageToReact> = {
  card: column.oneOf(['staff', 'challenge']).orNull,
  id: column.number,
  seqno: column.number,
};

/** The table of messages as it is changed: by transactions that hold the room's lock. */
@Injectable()
export class MessageChangesRepository {
  /**
   * How many messages, deleted ones included, users have posted to a room within the interval of its post rate.
   * @param token    of the room, in whatever case; it need not exist
   * @param interval seconds, for a room that sets none itself
   * @returns by user id; somebody who posted none has 0 or is missing
   */
  async countRecent(
    tx: Transaction,
    token: string,
    userIds: readonly number[],
    interval: number,
  ): Promise<Map<number, number>> {
    const rows = await tx.rows(
      { userId: column.number, count: column.number },
      `SELECT poster.id AS "userId", recent.count
       FROM rooms r CROSS JOIN unnest($2::bigint[]) AS poster (id)
         CROSS JOIN LATERAL (
           SELECT count(*) AS count FROM messages m
           WHERE m.room_id = r.id AND m.user_id = poster.id
             AND m.posted_at >= ${NOW} - coalesce((r.settings->>'postRateInterval')::float8, $3)
         ) AS recent
       WHERE lower(r.token) = lower($1)`,
      [token, userIds, interval],
    );
    return new Map(rows.map(({ userId, count }) => [userId, count]));
  }

  /**
   * How long ago users have posted their latest message to a room that is slow, deleted ones included. In other rooms
   * nobody's messages are looked for.
   * @param token of the room, in whatever case; it need not exist
   * @returns seconds by user id; who never posted is missing
   */
  async secondsSinceLatest(
    tx: Transaction,
    token: string,
    userIds: readonly number[],
  ): Promise<Map<number, number>> {
    const rows = await tx.rows(
      { userId: column.number, seconds: column.number },
      `SELECT poster.id AS "userId", ${NOW} - latest.posted_at AS seconds
       FROM rooms r CROSS JOIN unnest($2::bigint[]) AS poster (id)
         CROSS JOIN LATERAL (
           SELECT m.posted_at FROM messages m WHERE m.room_id = r.id AND m.user_id = poster.id
           ORDER BY m.posted_at DESC LIMIT 1
         ) AS latest
       WHERE lower(r.token) = lower($1) AND (r.settings->>'slowMode')::float8 > 0`,
      [token, userIds],
    );
    return new Map(rows.map(({ userId, seconds }) => [userId, seconds]));
  }

  /**
   * Writes new messages of one room, each with the room's next seqno and next millisecond by the database's clock, so
   * that all processes agree. The nonces of their requests are recorded along with them: when one is taken, all fail
   * (`isNonceTaken`).
   * @param thenCommit whether the transaction ends with that
   * @returns in order of seqno, which is that of the messages
   */
  async insert(
    tx: Transaction,
    roomId: number,
    messages: readonly NewMessage[],
    { thenCommit }: { thenCommit: boolean },
  ): Promise<WrittenMessage[]> {
    const { bytes, starts, sizes } = packMessages(messages);
    const values = [
      roomId,
      messages.length,
      messages.map(({ userId }) => userId),
      bytes,
      starts,
      sizes,
      messages.map(({ paddedSize }) => paddedSize),
      messages.map(({ whisperTo }) => whisperTo),
      messages.map(({ whisperMods }) => whisperMods),
      messages.map(({ digest }) => digest),
      messages.map(({ proof }) => proof?.expiresAt ?? null),
      messages.map(({ isFirst }) => isFirst),
      messages.map(({ state }) => state),
      messages.map(({ heldFor }) => heldFor),
      // An array of arrays would have to be as long everywhere.
      messages.map(({ likeness }) => likeness && `{${likeness.join(',')}}`),
      messages.map(({ incidentId }) => incidentId),
      messages.map(({ ruleId }) => ruleId),
    ];
    return thenCommit
      ? tx.rowsAndCommit(WRITTEN_MESSAGE_COLUMNS, INSERT_MESSAGES, values)
      : tx.rows(WRITTEN_MESSAGE_COLUMNS, INSERT_MESSAGES, values);
  }

  /**
   * The message of this room that somebody wants to change, unless it is deleted or they may not know that it exists:
   * they must be able to see it, or be its author.
   */
  async findLive(
    tx: Transaction,
    roomId: number,
    reader: MessageReader,
    id: number,
  ): Promise<LiveMessage | undefined> {
    return tx.row(
      LIVE_MESSAGE_COLUMNS,
      `SELECT m.id, m.user_id AS "userId", author.session_id AS "sessionId", m.state
       FROM messages m JOIN users author ON author.id = m.user_id
       WHERE m.id = $3 AND m.room_id = $1 AND m.data IS NOT NULL
         AND (m.user_id = $2 OR (${visibleTo(reader, '$2')}))`,
      [roomId, reader.userId, id],
    );
  }

  /** The message of this room that is for everyone, unless it is deleted: it can be pinned. */
  async findRegular(tx: Transaction, roomId: number, id: number): Promise<RegularMessage | undefined> {
    return tx.row(
      REGULAR_MESSAGE_COLUMNS,
      `SELECT m.id, m.seqno FROM messages m
       WHERE m.id = $2 AND m.room_id = $1 AND m.data IS NOT NULL AND ${FOR_EVERYONE}`,
      [roomId, id],
    );
  }

  /**
   * The message of this room whose reactions a person may see and give, unless it is deleted: one for everyone, one of
   * their own that is kept from others, which must not look different to them, or a card that they may answer.
   */
  async findToReact(
    database: DatabaseReader,
    roomId: number,
    reader: MessageReader,
    id: number,
  ): Promise<MessageToReact | undefined> {
    return database.row(
      MESSAGE_TO_REACT_COLUMNS,
      `SELECT m.id, m.seqno, CASE WHEN ${isCardOf('$2')} THEN 'challenge'
         WHEN ${isStaffCardFor(reader, '$2')} THEN 'staff' END AS card
       FROM messages m
       WHERE m.id = $3 AND m.room_id = $1 AND m.data IS NOT NULL AND ${openTo(reader, '$2')}`,
      [roomId, reader.userId, id],
    );
  }

  /**
   * The messages that people have in a room, oldest first; deleted ones are left out.
   * @param seconds within which one must have been posted to be recent; only published ones are
   */
  async liveOf(
    tx: Transaction,
    roomId: number,
    userIds: readonly number[],
    seconds: number,
  ): Promise<{ id: number; isRecent: boolean }[]> {
    return tx.rows(
      { id: column.number, isRecent: column.boolean },
      `SELECT id, state = 'published' AND posted_at > ${NOW} - $3 AS "isRecent" FROM messages
       WHERE room_id = $1 AND user_id = ANY ($2) AND data IS NOT NULL ORDER BY id`,
      [roomId, userIds, seconds],
    );
  }

  /** Replaces what a message says. */
  async edit(tx: Transaction, id: number, seqno: number, content: SignedContent): Promise<void> {
    await tx.run(
      `UPDATE messages SET data = $3, padded_size = $4, signature = $5, edited_at = ${NOW}, seqno = $2,
         seqno_data = $2
       WHERE id = $1`,
      [id, seqno, content.data, content.paddedSize, content.signature],
    );
  }

  /** Notes that the reactions of a message changed. */
  async touchReactions(tx: Transaction, id: number, seqno: number): Promise<void> {
    await tx.run('UPDATE messages SET seqno = $2, seqno_reactions = $2 WHERE id = $1', [id, seqno]);
  }

  /** As {@link touchReactions} for several messages, each with a seqno of its own. */
  async touchReactionsOfMany(
    tx: Transaction,
    touched: readonly { id: number; seqno: number }[],
  ): Promise<void> {
    await tx.run(
      `UPDATE messages m SET seqno = t.seqno, seqno_reactions = t.seqno
       FROM unnest($1::bigint[], $2::bigint[]) AS t (id, seqno) WHERE m.id = t.id`,
      [touched.map(({ id }) => id), touched.map(({ seqno }) => seqno)],
    );
  }

  /** Leaves of these messages what tells clients of the deletion. A held one is never published after that. */
  async delete(tx: Transaction, deletions: readonly MessageToDelete[]): Promise<void> {
    await tx.run(
      `UPDATE messages m SET data = NULL, padded_size = NULL, signature = NULL, edited_at = ${NOW},
         state = CASE WHEN m.state = 'held' THEN 'unseen' ELSE m.state END,
         seqno = d.seqno + d.reactions, seqno_data = d.seqno,
         seqno_reactions = CASE WHEN d.reactions > 0 THEN d.seqno + d.reactions ELSE m.seqno_reactions END
       FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS d (id, seqno, reactions)
       WHERE m.id = d.id`,
      [
        deletions.map(({ id }) => id),
        deletions.map(({ seqno }) => seqno),
        deletions.map(({ reactions }) => reactions),
      ],
    );
  }
}
