import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';

/** The Session ID that stands for people who were erased. Nobody can have it: it is no point of the curve. */
export const NOBODY = `15${'0'.repeat(64)}`;
/** The word in place of an ID in what others have written down. */
const ERASED = 'erased';

/** A row of a person in the database. */
export interface PersonRow {
  id: number;
  sessionId: string;
}

/** A column that refers to users. */
interface Reference {
  table: string;
  column: string;
  /** Whether rows that refer to a user can't be left behind by them. */
  isKept: boolean;
}

/** A column that may hold an ID in its text or bytes. */
interface IdColumn {
  table: string;
  column: string;
  type: string;
}

const REFERENCES = `
  SELECT c.conrelid::regclass::text AS table, a.attname AS column, c.confdeltype = 'a' AS "isKept"
  FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
  WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass AND c.connamespace = 'public'::regnamespace
  ORDER BY 1, 2`;
const PLACES = `
  SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attgenerated = '' AND format_type(a.atttypid, NULL) IN ('text', 'jsonb', 'text[]', 'bytea')
  ORDER BY 1, 2`;

const PERSON_COLUMNS: Columns<PersonRow> = { id: column.number, sessionId: column.text };

const REFERENCE_COLUMNS: Columns<Reference> = {
  table: column.text,
  column: column.text,
  isKept: column.boolean,
};

const PLACE_COLUMNS: Columns<IdColumn> = { table: column.text, column: column.text, type: column.text };

/**
 * All that the database knows of a person. It asks the database itself which columns refer to people, so that none is forgotten that a
 * later version adds.
 */
@Injectable()
export class TracesRepository {
  constructor(private readonly database: Database) {}

  /** The rows of users with these IDs. */
  async rowsOf(sessionIds: readonly string[], reader: DatabaseReader = this.database): Promise<PersonRow[]> {
    return reader.rows(
      PERSON_COLUMNS,
      'SELECT id, session_id AS "sessionId" FROM users WHERE session_id = ANY ($1) ORDER BY id',
      [sessionIds],
    );
  }

  /** The `05…` IDs that are known. */
  async unblinded(): Promise<string[]> {
    const rows = await this.database.rows(
      { sessionId: column.text },
      `SELECT session_id AS "sessionId" FROM users WHERE session_id LIKE '05%'`,
    );
    return rows.map(({ sessionId }) => sessionId);
  }

  /** Every row about people, table by table, as JSON; bytes are in hex after `\x`. */
  async *rowsAbout(
    userIds: readonly number[],
    sessionIds: readonly string[],
  ): AsyncGenerator<{ table: string; row: object }> {
    const of = async (table: string, where: string, value: unknown): Promise<{ row: object }[]> =>
      this.database.rows(
        { row: column.anyObject },
        `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${where}`,
        [value],
      );
    const parts: [table: string, where: string, value: unknown][] = [
      ['users', 't.id = ANY ($1)', userIds],
      ['events', 't.actor = ANY ($1) OR t.target = ANY ($1)', sessionIds],
      [
        'message_history',
        't.message_id IN (SELECT id FROM messages WHERE user_id = ANY ($1::bigint[]))',
        userIds,
      ],
    ];
    for (const { table, column } of await this.database.rows(REFERENCE_COLUMNS, REFERENCES)) {
      parts.push([table, `t.${column} = ANY ($1)`, userIds]);
    }
    for (const [table, where, value] of parts) {
      for (const { row } of await of(table, where, value)) yield { table, row };
    }
  }

  /** Where the files of people lie. */
  async filesOf(userIds: readonly number[]): Promise<{ id: number; storageKey: string }[]> {
    return this.database.rows(
      { id: column.number, storageKey: column.text },
      `SELECT f.id, f.storage_key AS "storageKey" FROM files f
       WHERE f.uploader_id = ANY ($1) AND NOT EXISTS (SELECT 1 FROM rooms r WHERE r.image_id = f.id) ORDER BY f.id`,
      [userIds],
    );
  }

  /** Messages of a room, still there, that are for people alone, or by which the server or a command names them. */
  async messagesAbout(
    tx: Transaction,
    roomId: number,
    userIds: readonly number[],
    sessionIds: readonly string[],
  ): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      `SELECT m.id FROM messages m JOIN users u ON u.id = m.user_id
       WHERE m.room_id = $1 AND m.data IS NOT NULL AND (m.whisper_to = ANY ($2) OR ((u.is_server OR EXISTS (
           SELECT 1 FROM commands c WHERE c.message_id = m.id)) AND EXISTS (
         SELECT 1 FROM unnest($3::text[]) AS form (id) WHERE position(convert_to(form.id, 'UTF8') IN m.data) > 0)))
       ORDER BY m.id`,
      [roomId, userIds, sessionIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Ids of messages of others, still there, that name a person by their whole ID. */
  async mentions(tx: Transaction, sessionIds: readonly string[]): Promise<number[]> {
    const rows = await tx.rows(
      { id: column.number },
      `SELECT m.id FROM messages m CROSS JOIN unnest($1::text[]) AS form (id)
       WHERE m.data IS NOT NULL AND position(convert_to(form.id, 'UTF8') IN m.data) > 0 ORDER BY m.id`,
      [sessionIds],
    );
    return rows.map(({ id }) => id);
  }

  /** Forgets what messages of people in a room have said, and leaves of them what tells clients of the deletion, of nobody. */
  async anonymize(tx: Transaction, roomId: number, userIds: readonly number[]): Promise<void> {
    await tx.run(
      `DELETE FROM message_history h USING messages m
       WHERE m.id = h.message_id AND m.room_id = $1 AND (m.user_id = ANY ($2) OR m.whisper_to = ANY ($2))`,
      [roomId, userIds],
    );
    await tx.run(
      `UPDATE messages SET user_id = (SELECT id FROM users WHERE session_id = $3), digest = NULL, likeness = NULL,
         incident_id = NULL WHERE room_id = $1 AND user_id = ANY ($2)`,
      [roomId, userIds, NOBODY],
    );
  }

  /** Makes sure that nobody has a row. */
  async createNobody(tx: Transaction): Promise<void> {
    await tx.run(
      `INSERT INTO users (session_id, created_at, last_active_at) VALUES ($1, ${NOW}, ${NOW}) ON CONFLICT DO NOTHING`,
      [NOBODY],
    );
  }

  /**
   * Removes people whose messages are gone: their rows, all that refers to them, and their IDs wherever somebody or something wrote
   * them down, messages of others excepted.
   */
  async remove(tx: Transaction, userIds: readonly number[], sessionIds: readonly string[]): Promise<void> {
    await tx.run('DELETE FROM events WHERE target = ANY ($1)', [sessionIds]);
    for (const { table, column, isKept } of await tx.rows(REFERENCE_COLUMNS, REFERENCES)) {
      if (!isKept) continue;
      await tx.run(
        `UPDATE ${table} SET ${column} = (SELECT id FROM users WHERE session_id = $2) WHERE ${column} = ANY ($1)`,
        [userIds, NOBODY],
      );
    }
    await tx.run('DELETE FROM users WHERE id = ANY ($1)', [userIds]);
    for (const place of await tx.rows(PLACE_COLUMNS, PLACES)) await this.scrub(tx, place, sessionIds);
  }

  private async scrub(
    tx: Transaction,
    { table, column, type }: IdColumn,
    sessionIds: readonly string[],
  ): Promise<void> {
    if (type === 'bytea') {
      // The words of others are theirs, and signed.
      if (table === 'messages') return;
      await tx.run(
        `DELETE FROM ${table} WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) AS form (id)
           WHERE position(convert_to(form.id, 'UTF8') IN ${column}) > 0)`,
        [sessionIds],
      );
      return;
    }
    for (const id of sessionIds) {
      await tx.run(
        `UPDATE ${table} SET ${column} = replace(${column}::text, $1, $2)::${type} WHERE position($1 IN ${column}::text) > 0`,
        [id, ERASED],
      );
    }
  }
}
