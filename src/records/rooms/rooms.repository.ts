import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { type Parameters } from '../../foundation/database/parameters.js';
import { NOW } from '../../foundation/database/now.js';
import { ALL, holdsLocks, takesLocks } from '../locks/lock-order.js';
import { RoomEntity } from '../entities/room.entity.js';
import { type OwnRoomSettings, ownSettingsSchema } from './room-settings.js';
import { type Pin, type Room, type StaffMember } from './room.js';

const SELECT_ROOM = `
  SELECT id, token, name, description, image_id AS "imageId", created_at AS "createdAt",
    message_sequence AS "messageSequence", info_updates AS "infoUpdates", active_users AS "activeUsers",
    default_read AS "defaultRead", default_accessible AS "defaultAccessible",
    default_write AS "defaultWrite", default_upload AS "defaultUpload",
    is_archived AS "isArchived", settings
  FROM rooms`;

const ROOM_COLUMNS: Columns<Room> = {
  token: column.text,
  createdAt: column.number,
  messageSequence: column.number,
  infoUpdates: column.number,
  activeUsers: column.number,
  settings: column.json(ownSettingsSchema),
  id: column.number,
  defaultRead: column.boolean,
  defaultAccessible: column.boolean,
  defaultWrite: column.boolean,
  defaultUpload: column.boolean,
  isArchived: column.boolean,
  name: column.text,
  description: column.text.orNull,
  imageId: column.number.orNull,
};

const PIN_COLUMNS: Columns<Pin> = { id: column.number, pinned_at: column.number, pinned_by: column.text };

const STAFF_MEMBER_COLUMNS: Columns<StaffMember> = {
  sessionId: column.text,
  admin: column.boolean,
  visible: column.boolean,
};

/** The table of rooms. */
@Injectable()
export class RoomsRepository {
  constructor(private readonly database: Database) {}

  /** The room with a token, in whatever case it is written. */
  async find(token: string, reader: DatabaseReader = this.database): Promise<Room | undefined> {
    return reader.row(ROOM_COLUMNS, `${SELECT_ROOM} WHERE lower(token) = lower($1)`, [token]);
  }

  /** The rooms with these tokens, in whatever case they are written; unknown ones are left out. */
  async findMany(reader: DatabaseReader, tokens: readonly string[]): Promise<Room[]> {
    return reader.rows(
      ROOM_COLUMNS,
      `${SELECT_ROOM} WHERE lower(token) IN (SELECT lower(wanted) FROM unnest($1::text[]) AS wanted)`,
      [tokens],
    );
  }

  /** Every room, by token. */
  async all(reader: DatabaseReader = this.database): Promise<Room[]> {
    return reader.rows(ROOM_COLUMNS, `${SELECT_ROOM} ORDER BY lower(token)`);
  }

  /**
   * The room, locked until the transaction ends: whatever raises its counters or depends on who may do what in it
   * happens one after another.
   */
  async lock(tx: Transaction, token: string): Promise<Room | undefined> {
    return this.lockVisible(tx, token, true);
  }

  /**
   * As {@link lock} for people who ask for a room by its token. The lock of a room that is hidden from them is not waited for:
   * that would tell them that others write there.
   * @param seesHidden whether one of them may know of a room that is hidden by default
   */
  async lockVisible(tx: Transaction, token: string, seesHidden: boolean): Promise<Room | undefined> {
    takesLocks(tx, 'rooms', [token.toLowerCase()]);
    const room = await tx.row(
      ROOM_COLUMNS,
      `${SELECT_ROOM} WHERE lower(token) = lower($1) AND (default_read OR default_accessible OR $2)
       FOR NO KEY UPDATE`,
      [token, seesHidden],
    );
    if (room) holdsLocks(tx, 'rooms', [room.id]);
    return room;
  }

  /** Every room, locked in order of id. */
  async lockAll(tx: Transaction): Promise<Room[]> {
    takesLocks(tx, 'rooms', [ALL]);
    return tx.rows(ROOM_COLUMNS, `${SELECT_ROOM} ORDER BY id FOR NO KEY UPDATE`);
  }

  /** The rooms with these ids, locked in order of id; deleted ones are left out. */
  async lockMany(tx: Transaction, ids: readonly number[]): Promise<Room[]> {
    takesLocks(tx, 'rooms', ids);
    const rooms = await tx.rows(
      ROOM_COLUMNS,
      `${SELECT_ROOM} WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE`,
      [ids],
    );
    const tokens = rooms.map(({ token }) => token.toLowerCase());
    holdsLocks(tx, 'rooms', tokens);
    return rooms;
  }

  /** `info_updates` of rooms as this transaction leaves it, by token. */
  async infoUpdatesOf(tx: Transaction, ids: readonly number[]): Promise<Record<string, number>> {
    const rooms = await tx.rows(
      { token: column.text, infoUpdates: column.number },
      'SELECT token, info_updates AS "infoUpdates" FROM rooms WHERE id = ANY ($1) ORDER BY lower(token)',
      [ids],
    );
    return Object.fromEntries(rooms.map(({ token, infoUpdates }) => [token, infoUpdates]));
  }

  /** Creates a room; the unique token decides between two that are created at once. */
  async create(
    tx: Transaction,
    room: { token: string; name: string; description: string | null },
  ): Promise<boolean> {
    const created = await tx.run(
      `INSERT INTO rooms (token, name, description, created_at)
       VALUES ($1, $2, $3, ${NOW}) ON CONFLICT DO NOTHING`,
      [room.token, room.name, room.description],
    );
    return created === 1;
  }

  /** Writes what an admin can set of a room that this transaction has locked. */
  async update(tx: Transaction, room: Room): Promise<void> {
    const { id, name, description, imageId, isArchived } = room;
    const { defaultRead, defaultAccessible, defaultWrite, defaultUpload } = room;
    const image = imageId === null ? null : { id: imageId };
    await tx
      .repository(RoomEntity)
      .update(
        { id },
        { name, description, image, isArchived, defaultRead, defaultAccessible, defaultWrite, defaultUpload },
      );
  }

  /** Writes what a room sets for itself; this transaction has locked it. */
  async saveSettings(tx: Transaction, id: number, settings: OwnRoomSettings): Promise<void> {
    await tx.repository(RoomEntity).update({ id }, { settings });
  }

  /** Deletes a room with its messages and roles; its files lose their room and are swept. */
  async delete(tx: Transaction, id: number): Promise<void> {
    await tx.run('DELETE FROM rooms WHERE id = $1', [id]);
  }

  /**
   * Takes the next seqnos of a room, the last of which is its new `message_sequence`: the lock that this takes, or
   * finds held by its own transaction, lets others have theirs only after the commit.
   * @returns the last one taken
   */
  async takeSeqnos(tx: Transaction, id: number, count = 1): Promise<number> {
    const row = await tx.row(
      { seqno: column.number },
      `UPDATE rooms SET message_sequence = message_sequence + $2 WHERE id = $1
       RETURNING message_sequence AS seqno`,
      [id, count],
    );
    if (!row) throw new Error(`There is no room ${id}`);
    return row.seqno;
  }

  /** Sets how many users count as active in a room; this raises no counter (protocol 7.5). */
  async setActiveUsers(tx: Transaction, id: number, activeUsers: number): Promise<void> {
    await tx.run('UPDATE rooms SET active_users = $2 WHERE id = $1', [id, activeUsers]);
  }

  /** Raises `info_updates` of these rooms (protocol 7.2). */
  async raiseInfoUpdates(tx: Transaction, ids: readonly number[], by = 1): Promise<void> {
    if (ids.length === 0) return;
    takesLocks(tx, 'rooms', ids);
    await this.change(
      tx,
      `UPDATE rooms SET info_updates = info_updates + $2
       WHERE id IN (SELECT id FROM rooms WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)`,
      [ids, by],
    );
  }

  /** Raises `info_updates` of every room: a global moderator changed. */
  async raiseAllInfoUpdates(tx: Transaction): Promise<void> {
    takesLocks(tx, 'rooms', [ALL]);
    await this.change(
      tx,
      `UPDATE rooms SET info_updates = info_updates + 1
       WHERE id IN (SELECT id FROM rooms ORDER BY id FOR NO KEY UPDATE)`,
    );
  }

  /** Takes these files from the rooms whose image they are, which raises `info_updates`. */
  async dropImages(tx: Transaction, fileIds: readonly number[]): Promise<void> {
    await this.change(
      tx,
      `UPDATE rooms SET image_id = NULL, info_updates = info_updates + 1
       WHERE id IN (SELECT id FROM rooms WHERE image_id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)`,
      [fileIds],
    );
  }

  /** Pins, oldest first, with their times in whole seconds. */
  async pins(roomId: number): Promise<Pin[]> {
    return this.database.rows(
      PIN_COLUMNS,
      `SELECT p.message_id AS id, floor(p.pinned_at) AS pinned_at, u.session_id AS pinned_by
       FROM pinned_messages p JOIN users u ON u.id = p.pinned_by
       WHERE p.room_id = $1 ORDER BY p.pinned_at, p.message_id`,
      [roomId],
    );
  }

  /** Moderators and admins, the room's own and the global ones; a room role's visibility wins. */
  async staff(roomId: number): Promise<StaffMember[]> {
    return this.database.rows(
      STAFF_MEMBER_COLUMNS,
      `SELECT u.session_id AS "sessionId", u.admin OR coalesce(o.admin, false) AS admin,
         CASE WHEN o.moderator THEN o.visible ELSE u.visible END AS visible
       FROM users u LEFT JOIN permission_overrides o ON o.user_id = u.id AND o.room_id = $1
       WHERE u.id IN (
         SELECT id FROM users WHERE moderator
         UNION SELECT user_id FROM permission_overrides WHERE room_id = $1 AND moderator
       )
       ORDER BY u.session_id`,
      [roomId],
    );
  }

  /** Updates rooms, and has processes forget what they had cached of them. */
  private async change(tx: Transaction, update: string, parameters: Parameters = []): Promise<void> {
    const rooms = await tx.rows(
      { token: column.text },
      `${update} RETURNING lower(token) AS token`,
      parameters,
    );
    for (const { token } of rooms) tx.changes(`room:${token}`);
  }
}
