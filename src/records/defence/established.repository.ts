import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { YOUNG_FOR } from './trust.js';

/** Joins, as SQL, the trust `t` and the override `o` that the person `u` has in a room; many have neither. */
export function joinStanding(roomId: string): string {
  return `LEFT JOIN trust t ON t.room_id = ${roomId} AND t.user_id = u.id
    LEFT JOIN permission_overrides o ON o.room_id = ${roomId} AND o.user_id = u.id`;
}

/** With {@link joinStanding}: whether staff or their posts have established the person `u`, as `isEstablished` says. */
export const IS_ESTABLISHED = `(u.moderator OR u.trusted OR t.regular_since IS NOT NULL OR t.member_since < ${NOW} - ${YOUNG_FOR}
  OR o.moderator OR o.trusted OR o.write OR o.upload) IS TRUE`;

/** Looks up the people who are established in a room, for what they alone may show. */
@Injectable()
export class EstablishedRepository {
  constructor(private readonly database: Database) {}

  /** Those of some people who are established in a room, by Session ID. */
  async among(roomId: number, sessionIds: readonly string[]): Promise<Set<string>> {
    if (sessionIds.length === 0) return new Set();
    const rows = await this.database.rows(
      { sessionId: column.text },
      `SELECT u.session_id AS "sessionId" FROM users u ${joinStanding('$1')}
       WHERE u.session_id = ANY ($2) AND ${IS_ESTABLISHED}`,
      [roomId, sessionIds],
    );
    return new Set(rows.map(({ sessionId }) => sessionId));
  }

  /** Whether a file of a room was uploaded by somebody who is established there. */
  async hasUploaded(roomId: number, fileId: number): Promise<boolean> {
    return this.database.exists(
      `SELECT FROM files f JOIN users u ON u.id = f.uploader_id ${joinStanding('f.room_id')}
       WHERE f.id = $2 AND f.room_id = $1 AND ${IS_ESTABLISHED}`,
      [roomId, fileId],
    );
  }
}
