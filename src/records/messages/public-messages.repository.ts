import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { FOR_EVERYONE } from './visible-to.js';

/** A message for everyone: no whisper, and not kept from anybody. */
export interface PublicMessage {
  id: number;
  /** Author's Session ID. */
  sessionId: string;
  /** Without its padding. */
  data: Buffer;
}

/** A message as a reply names it. */
export interface QuotedPlace {
  /** Session ID. */
  author: string;
  /** The whole milliseconds of the time at which it was posted. */
  milliseconds: number;
}

/** A public message that was looked up by a {@link QuotedPlace}. */
export interface QuotedPublicMessage extends PublicMessage, QuotedPlace {}

/** Milliseconds by which a time that is kept as seconds may fall short of its exact value. */
const ROUNDING = 0.1;

const PUBLIC_MESSAGE_COLUMNS: Columns<PublicMessage> = {
  id: column.number,
  sessionId: column.text,
  data: column.bytes,
};

const QUOTED_MESSAGE_COLUMNS: Columns<QuotedPublicMessage> = {
  ...PUBLIC_MESSAGE_COLUMNS,
  author: column.text,
  milliseconds: column.number,
};

/** The messages of a room that everyone who may read it sees, as pages in a browser look them up. */
@Injectable()
export class PublicMessagesRepository {
  constructor(private readonly database: Database) {}

  /** The latest public message in a room of each of some people; those who have none are missing. */
  latestOf(roomId: number, sessionIds: readonly string[]): Promise<PublicMessage[]> {
    return this.database.rows(
      PUBLIC_MESSAGE_COLUMNS,
      `SELECT latest.id, u.session_id AS "sessionId", latest.data
       FROM users u CROSS JOIN LATERAL (
         SELECT m.id, m.data FROM messages m
         WHERE m.room_id = $1 AND m.user_id = u.id AND m.data IS NOT NULL AND ${FOR_EVERYONE}
         ORDER BY m.posted_at DESC LIMIT 1
       ) AS latest
       WHERE u.session_id = ANY ($2)`,
      [roomId, sessionIds],
    );
  }

  /** The public messages of a room that replies name by author and time; those that are gone are missing. */
  quoted(roomId: number, places: readonly QuotedPlace[]): Promise<QuotedPublicMessage[]> {
    return this.database.rows(
      QUOTED_MESSAGE_COLUMNS,
      `SELECT m.id, place.author AS "sessionId", place.author, place.milliseconds::float8 AS milliseconds, m.data
       FROM unnest($2::text[], $3::float8[]) AS place (author, milliseconds)
         JOIN users u ON u.session_id = place.author
         JOIN messages m ON m.room_id = $1 AND m.user_id = u.id AND m.data IS NOT NULL AND ${FOR_EVERYONE}
           AND m.posted_at >= (place.milliseconds - ${ROUNDING}) / 1000
           AND m.posted_at < (place.milliseconds + 1 - ${ROUNDING}) / 1000`,
      [roomId, places.map(({ author }) => author), places.map(({ milliseconds }) => milliseconds)],
    );
  }
}
