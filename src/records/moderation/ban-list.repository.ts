import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';

/** Somebody who is banned. */
export interface BannedPerson {
  sessionId: string;
  /** On the whole server. */
  isGlobal: boolean;
  /** Tokens of rooms. */
  rooms: string[];
}

const BANNED_PERSON_COLUMNS: Columns<BannedPerson> = {
  sessionId: column.text,
  isGlobal: column.boolean,
  rooms: column.list(column.text),
};

/** All bans that hold. */
@Injectable()
export class BanListRepository {
  constructor(private readonly database: Database) {}

  /** Everybody who is banned somewhere, by Session ID. */
  async all(): Promise<BannedPerson[]> {
    return this.database.rows(
      BANNED_PERSON_COLUMNS,
      `SELECT u.session_id AS "sessionId", u.banned AS "isGlobal",
         ARRAY (SELECT r.token FROM permission_overrides o JOIN rooms r ON r.id = o.room_id
                WHERE o.user_id = u.id AND o.banned ORDER BY r.token) AS rooms
       FROM users u
       WHERE u.banned OR EXISTS (SELECT 1 FROM permission_overrides o WHERE o.user_id = u.id AND o.banned)
       ORDER BY u.session_id`,
    );
  }
}
