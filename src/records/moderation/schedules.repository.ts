import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** Someone in a room. */
export interface RoomMember {
  roomId: number;
  userId: number;
}

/** Values of permissions that can be scheduled; null leaves one alone. */
export interface ScheduledValues {
  read: boolean | null;
  write: boolean | null;
  upload: boolean | null;
}

/** A change that is to come in a room: of permissions, or of a ban. */
export interface ScheduledChange extends ScheduledValues {
  sessionId: string;
  /** Unix seconds. */
  dueAt: number;
  banned: boolean | null;
}

/** A change whose time has come; `banned` is null for one of permissions, whose room is never null. */
export interface DueChange extends ScheduledValues {
  id: number;
  roomId: number | null;
  userId: number;
  banned: boolean | null;
}

const CHANGES = `(
    SELECT id, room_id, user_id, due_at, read, write, upload, NULL::boolean AS banned
      FROM scheduled_permissions
    UNION ALL
    SELECT id, room_id, user_id, due_at, NULL, NULL, NULL, banned FROM scheduled_bans
  )`;

const SELECT_CHANGES = `
  SELECT u.session_id AS "sessionId", change.due_at AS "dueAt", change.read, change.write, change.upload,
    change.banned
  FROM ${CHANGES} AS change JOIN users u ON u.id = change.user_id`;

const VALUE_COLUMNS = {
  banned: column.boolean.orNull,
  read: column.boolean.orNull,
  write: column.boolean.orNull,
  upload: column.boolean.orNull,
};

const SCHEDULED_CHANGE_COLUMNS: Columns<ScheduledChange> = {
  ...VALUE_COLUMNS,
  sessionId: column.text,
  dueAt: column.number,
};

const DUE_CHANGE_COLUMNS: Columns<DueChange> = {
  ...VALUE_COLUMNS,
  id: column.number,
  roomId: column.number.orNull,
  userId: column.number,
};

/** The tables of changes that come due: of permissions in rooms, and of bans in rooms or, with no room, globally. */
@Injectable()
export class SchedulesRepository {
  constructor(private readonly database: Database) {}

  /** Everything that is scheduled in a room, soonest first. */
  async ofRoom(roomId: number): Promise<ScheduledChange[]> {
    return this.database.rows(
      SCHEDULED_CHANGE_COLUMNS,
      `${SELECT_CHANGES} WHERE change.room_id = $1 ORDER BY change.due_at, change.id`,
      [roomId],
    );
  }

  /** The changes that are scheduled for someone in a room, soonest first. */
  async ofMember(
    { roomId, userId }: RoomMember,
    reader: DatabaseReader = this.database,
  ): Promise<ScheduledChange[]> {
    return reader.rows(
      SCHEDULED_CHANGE_COLUMNS,
      `${SELECT_CHANGES} WHERE change.room_id = $1 AND change.user_id = $2 ORDER BY change.due_at, change.id`,
      [roomId, userId],
    );
  }

  /** The changes that are scheduled for someone anywhere, soonest first; `room` is a token, null for the whole server. */
  async ofUser(userId: number): Promise<(ScheduledChange & { room: string | null })[]> {
    return this.database.rows(
      { ...SCHEDULED_CHANGE_COLUMNS, room: column.text.orNull },
      `SELECT change.due_at AS "dueAt", change.read, change.write, change.upload, change.banned,
         r.token AS room, u.session_id AS "sessionId"
       FROM ${CHANGES} AS change JOIN users u ON u.id = change.user_id LEFT JOIN rooms r ON r.id = change.room_id
       WHERE change.user_id = $1 ORDER BY change.due_at, change.id`,
      [userId],
    );
  }

  /** Schedules permissions in a room, `after` seconds from now; returns when that is. */
  async addPermissions(
    tx: Transaction,
    member: RoomMember,
    values: ScheduledValues,
    after: number,
  ): Promise<number> {
    const row = await tx.row(
      { dueAt: column.number },
      `INSERT INTO scheduled_permissions (room_id, user_id, due_at, read, write, upload)
       VALUES ($1, $2, ${NOW} + $6, $3, $4, $5) RETURNING due_at AS "dueAt"`,
      [member.roomId, member.userId, values.read, values.write, values.upload, after],
    );
    if (!row) throw new Error('An insert returned nothing');
    return row.dueAt;
  }

  /**
   * Drops what is scheduled for these permissions of someone in a room; a change of which nothing is left goes.
   * @returns how many scheduled changes it touched
   */
  async dropPermissions(
    tx: Transaction,
    { roomId, userId }: RoomMember,
    drop: { read: boolean; write: boolean; upload: boolean },
  ): Promise<number> {
    const parameters = [roomId, userId, drop.read, drop.write, drop.upload];
    const emptied = await tx.run(
      `DELETE FROM scheduled_permissions WHERE room_id = $1 AND user_id = $2
         AND (read IS NULL OR $3) AND (write IS NULL OR $4) AND (upload IS NULL OR $5)`,
      parameters,
    );
    const reduced = await tx.run(
      `UPDATE scheduled_permissions SET read = CASE WHEN $3 THEN NULL ELSE read END,
         write = CASE WHEN $4 THEN NULL ELSE write END, upload = CASE WHEN $5 THEN NULL ELSE upload END
       WHERE room_id = $1 AND user_id = $2
         AND (read IS NOT NULL AND $3 OR write IS NOT NULL AND $4 OR upload IS NOT NULL AND $5)`,
      parameters,
    );
    return emptied + reduced;
  }

  /** Schedules an unban, in a room or (null) globally, `after` seconds from now; returns when that is. */
  async addUnban(tx: Transaction, userId: number, roomId: number | null, after: number): Promise<number> {
    return this.addBanOrUnban(tx, userId, roomId, { banned: false, after });
  }

  /** Schedules a ban, in a room or (null) globally, `after` seconds from now; returns when that is. */
  async addBan(tx: Transaction, userId: number, roomId: number | null, after: number): Promise<number> {
    return this.addBanOrUnban(tx, userId, roomId, { banned: true, after });
  }

  private async addBanOrUnban(
    tx: Transaction,
    userId: number,
    roomId: number | null,
    { banned, after }: { banned: boolean; after: number },
  ): Promise<number> {
    const row = await tx.row(
      { dueAt: column.number },
      `INSERT INTO scheduled_bans (room_id, user_id, due_at, banned) VALUES ($1, $2, ${NOW} + $3, $4)
       RETURNING due_at AS "dueAt"`,
      [roomId, userId, after, banned],
    );
    if (!row) throw new Error('An insert returned nothing');
    return row.dueAt;
  }

  /** Drops scheduled bans and unbans of a user, in a room or (null) global ones. */
  async dropBans(tx: Transaction, userId: number, roomId: number | null): Promise<{ banned: boolean }[]> {
    return tx.rows(
      { banned: column.boolean },
      'DELETE FROM scheduled_bans WHERE user_id = $1 AND room_id IS NOT DISTINCT FROM $2::bigint RETURNING banned',
      [userId, roomId],
    );
  }

  /** The changes that are due, in the order in which they came due; at most `limit`. */
  async due(limit: number): Promise<DueChange[]> {
    return this.database.rows(
      DUE_CHANGE_COLUMNS,
      `SELECT id, room_id AS "roomId", user_id AS "userId", read, write, upload, banned
       FROM ${CHANGES} AS change WHERE due_at <= ${NOW} ORDER BY due_at, id LIMIT $1`,
      [limit],
    );
  }

  /**
   * Takes a due change off the schedule to apply it, under the locks of its room and user.
   * @returns false when it is not there any more as it was
   */
  async take(tx: Transaction, { id, userId, banned, read, write, upload }: DueChange): Promise<boolean> {
    if (banned !== null) {
      const taken = await tx.run('DELETE FROM scheduled_bans WHERE id = $1 AND user_id = $2', [id, userId]);
      return taken === 1;
    }
    const taken = await tx.run(
      `DELETE FROM scheduled_permissions WHERE id = $1 AND user_id = $2
         AND (read, write, upload) IS NOT DISTINCT FROM ($3::boolean, $4::boolean, $5::boolean)`,
      [id, userId, read, write, upload],
    );
    return taken === 1;
  }
}
