import { Injectable } from '@nestjs/common';
import { type Proof } from '../nonces/proof.js';
import { unlessRecordedIn } from '../nonces/unless-recorded.js';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type WrittenMessage } from './message-changes.repository.js';

/** Seconds within which the same post is the same message, whatever request brings it (protocol 3, "Repeats"). */
const SAME_POST_FOR = 60 * 60;
/** Seconds within which the repeat of a request gets the first one's answer. */
const SAME_REQUEST_FOR = 120;

/** A message as it was when it was posted. */
export interface PostedMessage extends WrittenMessage {
  /** Session ID of the user whom it whispers to. */
  whisperTo: string | null;
}

/** A message that may be the one which somebody posts again. */
export interface SimilarMessage extends PostedMessage {
  userId: number;
  digest: number;
}

/** A nonce that another request has used, or the same one before. */
export interface UsedByPost {
  /** 16 raw bytes; null for a nonce that an import brought. */
  fingerprint: Buffer | null;
  /** The message that the request posted, if that is not too long ago. */
  message: PostedMessage | undefined;
}

const POSTED = `m.id, m.seqno_creation AS seqno, m.posted_at AS "postedAt", target.session_id AS "whisperTo"`;

const SIMILAR_MESSAGE_COLUMNS: Columns<SimilarMessage> = {
  userId: column.number,
  digest: column.number,
  whisperTo: column.text.orNull,
  id: column.number,
  seqno: column.number,
  postedAt: column.number,
};

/**
 * The posts that may be the same, as the holder of the room's lock sees them: a request that posts to the room and has not
 * committed yet can't have begun.
 */
@Injectable()
export class RepeatedPostsRepository {
  /**
   * Looks for requests that have used these nonces (16 raw bytes each).
   * @returns by nonce in hex; an unused one is missing
   */
  async usesOf(tx: Transaction, nonces: readonly Buffer[]): Promise<Map<string, UsedByPost>> {
    if (nonces.length === 0) return new Map();
    const rows = await tx.rows(
      {
        nonce: column.text,
        fingerprint: column.bytes.orNull,
        id: column.number.orNull,
        seqno: column.number.orNull,
        postedAt: column.number.orNull,
        whisperTo: column.text.orNull,
      },
      `SELECT encode(n.nonce, 'hex') AS nonce, n.fingerprint, ${POSTED}
       FROM nonces n
         LEFT JOIN messages m ON m.id = n.message_id AND m.posted_at > ${NOW} - ${SAME_REQUEST_FOR}
         LEFT JOIN users target ON target.id = m.whisper_to
       WHERE n.nonce = ANY ($1::bytea[])
       UNION ALL
       SELECT encode(m.nonce, 'hex'), m.nonce_fingerprint,
         CASE WHEN m.posted_at > ${NOW} - ${SAME_REQUEST_FOR} THEN m.id END, m.seqno_creation, m.posted_at, target.session_id
       FROM messages m LEFT JOIN users target ON target.id = m.whisper_to
       WHERE m.nonce = ANY ($1::bytea[])`,
      [nonces],
    );
    return new Map(
      rows.map(({ nonce, fingerprint, id, seqno, postedAt, whisperTo }) => {
        const isKnown = id !== null && seqno !== null && postedAt !== null;
        return [nonce, { fingerprint, message: isKnown ? { id, seqno, postedAt, whisperTo } : undefined }];
      }),
    );
  }

  /**
   * Messages of the last hour with one of these digests, deleted ones included. The digests alone find them: where most
   * messages have none, as after an import, PostgreSQL took the index of times instead, and looked through all posts of the hour.
   * @param token of the room, in whatever case; it need not exist
   */
  async similar(tx: Transaction, token: string, digests: readonly number[]): Promise<SimilarMessage[]> {
    return tx.rows(
      SIMILAR_MESSAGE_COLUMNS,
      `WITH m AS MATERIALIZED (
         SELECT id, room_id, user_id, digest, seqno_creation, posted_at, whisper_to FROM messages
         WHERE digest = ANY ($2::bigint[])
       )
       SELECT m.user_id AS "userId", m.digest, ${POSTED}
       FROM m LEFT JOIN users target ON target.id = m.whisper_to
       WHERE m.posted_at > ${NOW} - ${SAME_POST_FOR}
         AND m.room_id = (SELECT id FROM rooms WHERE lower(token) = lower($1))
       ORDER BY m.id`,
      [token, digests],
    );
  }

  /** Records nonces of requests that posted a message again, with its id. When one is taken, all fail (`isNonceTaken`). */
  async record(tx: Transaction, repeats: readonly { proof: Proof; messageId: number }[]): Promise<void> {
    if (repeats.length === 0) return;
    await tx.run(
      `INSERT INTO nonces (nonce, expires_at, fingerprint, message_id)
       SELECT ${unlessRecordedIn('messages', 'u.nonce')}, expires_at, fingerprint, message_id
       FROM unnest($1::bytea[], $2::float8[], $3::bytea[], $4::bigint[])
         AS u (nonce, expires_at, fingerprint, message_id)
       ORDER BY u.nonce`,
      [
        repeats.map(({ proof }) => proof.nonce),
        repeats.map(({ proof }) => proof.expiresAt),
        repeats.map(({ proof }) => proof.fingerprint),
        repeats.map(({ messageId }) => messageId),
      ],
    );
  }
}
