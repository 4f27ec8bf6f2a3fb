import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';

/** The orders of a list of people: latest activity, or most posts, files or bytes first. */
export const PEOPLE_ORDERS = ['active', 'posts', 'files', 'bytes'] as const;
export type PeopleOrder = (typeof PEOPLE_ORDERS)[number];

/** People to list. */
export interface PeopleSelection {
  /** Id of a room: who has been there, and the posts and files there; null for the whole server. */
  roomId: number | null;
  order: PeopleOrder;
  limit: number;
}

/** A person with what is there of them. Times in unix seconds. */
export interface ListedPerson {
  sessionId: string;
  createdAt: number;
  lastActiveAt: number;
  banned: boolean;
  moderator: boolean;
  admin: boolean;
  /** Messages that others may see. */
  posts: number;
  files: number;
  /** The size of these files. */
  bytes: number;
}

/** A role, and its place; `room` is null for one on the whole server. */
export interface ListedRole {
  room: string | null;
  sessionId: string;
  admin: boolean;
  visible: boolean;
}

const IS_THERE = `NOT u.is_server AND ($1::bigint IS NULL
  OR EXISTS (SELECT FROM room_users v WHERE v.user_id = u.id AND v.room_id = $1)
  OR EXISTS (SELECT FROM messages m WHERE m.user_id = u.id AND m.room_id = $1))`;
const COUNTS = `
  LEFT JOIN LATERAL (
    SELECT count(*)::integer AS posts FROM messages m
    WHERE m.user_id = u.id AND m.data IS NOT NULL AND m.state = 'published' AND ($1::bigint IS NULL OR m.room_id = $1)
  ) p ON true
  LEFT JOIN LATERAL (
    SELECT count(*)::integer AS files, coalesce(sum(f.size), 0)::float8 AS bytes FROM files f
    WHERE f.uploader_id = u.id AND f.room_id IS NOT NULL AND ($1::bigint IS NULL OR f.room_id = $1)
  ) f ON true`;

const LISTED_PERSON_COLUMNS: Columns<ListedPerson> = {
  sessionId: column.text,
  createdAt: column.number,
  lastActiveAt: column.number,
  banned: column.boolean,
  moderator: column.boolean,
  admin: column.boolean,
  posts: column.number,
  files: column.number,
  bytes: column.number,
};

const LISTED_ROLE_COLUMNS: Columns<ListedRole> = {
  room: column.text.orNull,
  sessionId: column.text,
  admin: column.boolean,
  visible: column.boolean,
};

/** Lists of people for the operator, over several tables. */
@Injectable()
export class PeopleListRepository {
  constructor(private readonly database: Database) {}

  /** People with what they have posted and uploaded. Any order but by activity counts everybody's. */
  people({ roomId, order, limit }: PeopleSelection): Promise<ListedPerson[]> {
    const latest = `SELECT * FROM users u WHERE ${IS_THERE} ORDER BY u.last_active_at DESC, u.id LIMIT $2`;
    const everybody = `SELECT * FROM users u WHERE ${IS_THERE}`;
    const key = order === 'active' ? 'u.last_active_at' : order;
    return this.database.rows(
      LISTED_PERSON_COLUMNS,
      `SELECT u.session_id AS "sessionId", u.created_at AS "createdAt", u.last_active_at AS "lastActiveAt",
         u.banned, u.moderator, u.admin, p.posts, f.files, f.bytes
       FROM (${order === 'active' ? latest : everybody}) u ${COUNTS}
       ORDER BY ${key} DESC, u.id LIMIT $2`,
      [roomId, limit],
    );
  }

  /** All moderators and admins: those of the server first, then those of each room, by token. */
  roles(): Promise<ListedRole[]> {
    return this.database.rows(
      LISTED_ROLE_COLUMNS,
      `SELECT NULL AS room, session_id AS "sessionId", admin, visible FROM users WHERE moderator
       UNION ALL
       SELECT r.token, u.session_id, o.admin, o.visible
       FROM permission_overrides o JOIN rooms r ON r.id = o.room_id JOIN users u ON u.id = o.user_id
       WHERE o.moderator
       ORDER BY room NULLS FIRST, admin DESC, "sessionId"`,
    );
  }
}
