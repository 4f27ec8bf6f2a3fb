import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { absoluteBlindedId } from '../../protocol/crypto/blinding.js';
import { column, type Columns, type OrNulls, orNulls } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { holdsLocks, takesLocks } from '../locks/lock-order.js';
import { isBlinded } from './session-id.js';
import { type Marks, type PermissionOverride, type User } from './user.js';

interface UserRow {
  id: number;
  session_id: string;
  banned: boolean;
  moderator: boolean;
  admin: boolean;
  visible: boolean;
  trusted: boolean;
  muted_until: number | null;
  shadowed: boolean;
  overrides: OverrideRow[] | null;
}

/** A row of `permission_overrides` as JSON. */
const overrideSchema = z.object({
  room_id: z.int(),
  banned: z.boolean(),
  read: z.boolean().nullable(),
  accessible: z.boolean().nullable(),
  write: z.boolean().nullable(),
  upload: z.boolean().nullable(),
  moderator: z.boolean(),
  admin: z.boolean(),
  visible: z.boolean(),
  trusted: z.boolean(),
  muted_until: z.number().nullable(),
  shadowed: z.boolean(),
});

type OverrideRow = z.output<typeof overrideSchema>;

/** The columns of `users` that staff decides about. */
const STANDING = ['banned', 'moderator', 'admin', 'visible', 'trusted', 'muted_until', 'shadowed'];

const STANDING_COLUMNS = STANDING.map((name) => `u.${name}`).join(', ');

/** A user with all their overrides in one row. */
const SELECT_USER = `
  SELECT u.id, u.session_id, ${STANDING_COLUMNS},
    (SELECT json_agg(o) FROM permission_overrides o WHERE o.user_id = u.id) AS overrides
  FROM users u`;

const USER_COLUMNS: Columns<UserRow> = {
  id: column.number,
  session_id: column.text,
  banned: column.boolean,
  moderator: column.boolean,
  admin: column.boolean,
  visible: column.boolean,
  trusted: column.boolean,
  muted_until: column.number.orNull,
  shadowed: column.boolean,
  overrides: column.json(z.array(overrideSchema)).orNull,
};

const ASKED_USER_COLUMNS = { asked: column.text, ...orNulls(USER_COLUMNS) };

/** The tables of users and of those who wait for their blinded ID. */
@Injectable()
export class UsersRepository {
  constructor(private readonly database: Database) {}

  /** The user with a Session ID, overrides included. */
  async find(sessionId: string, reader: DatabaseReader = this.database): Promise<User | undefined> {
    const row = await reader.row(USER_COLUMNS, `${SELECT_USER} WHERE u.session_id = $1`, [sessionId]);
    // One string for the user and whatever they are cached under.
    return row && { ...toUser(row), sessionId };
  }

  /** The user with an id, overrides included. */
  async get(id: number, reader: DatabaseReader = this.database): Promise<User> {
    const row = await reader.row(USER_COLUMNS, `${SELECT_USER} WHERE u.id = $1`, [id]);
    if (!row) throw new Error(`There is no user ${id}`);
    return toUser(row);
  }

  /** When a user was first and last seen, or named by a moderator; unix seconds. */
  async timesOf(id: number): Promise<{ createdAt: number; lastActiveAt: number } | undefined> {
    return this.database.row(
      { createdAt: column.number, lastActiveAt: column.number },
      'SELECT created_at AS "createdAt", last_active_at AS "lastActiveAt" FROM users WHERE id = $1',
      [id],
    );
  }

  /**
   * The user, whose standing can't change until the transaction ends: a ban or an appointment waits in
   * {@link lockStanding}. Many may hold it at once.
   */
  async holdStanding(tx: Transaction, id: number): Promise<User> {
    takesLocks(tx, 'users', [id]);
    await tx.run('SELECT 1 FROM users WHERE id = $1 FOR KEY SHARE', [id]);
    return this.get(id, tx);
  }

  /**
   * As {@link holdStanding} for several users, locked in order of id.
   * @returns those who exist, by Session ID
   */
  async holdStandings(tx: Transaction, sessionIds: readonly string[]): Promise<Map<string, User>> {
    takesLocks(tx, 'users', sessionIds);
    const [, rows] = await Promise.all([
      tx.run('SELECT 1 FROM users WHERE session_id = ANY ($1) ORDER BY id FOR KEY SHARE', [sessionIds]),
      // A statement of its own sees what was committed while the locks were waited for.
      tx.rows(USER_COLUMNS, `${SELECT_USER} WHERE u.session_id = ANY ($1)`, [sessionIds]),
    ]);
    return new Map(rows.map((row) => [row.session_id, toUser(row)]));
  }

  /** As {@link holdStanding} for several users, locked in order of id, before rows that refer to them are written. */
  async holdRows(tx: Transaction, ids: readonly number[]): Promise<void> {
    takesLocks(tx, 'users', ids);
    await tx.run('SELECT 1 FROM users WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE', [ids]);
  }

  /** The user, locked to change their standing: waits for every write that was let in by it. */
  async lockStanding(tx: Transaction, id: number): Promise<User> {
    takesLocks(tx, 'users', [id]);
    await tx.run('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [id]);
    return this.get(id, tx);
  }

  /** As {@link lockStanding} for several users, locked in order of id. */
  async lockStandings(tx: Transaction, ids: readonly number[]): Promise<User[]> {
    takesLocks(tx, 'users', ids);
    await tx.run('SELECT 1 FROM users WHERE id = ANY ($1) ORDER BY id FOR UPDATE', [ids]);
    const users: User[] = [];
    for (const id of ids) users.push(await this.get(id, tx));
    return users;
  }

  /** Sets the global role of a user whose standing is locked. */
  async setGlobalRole(
    tx: Transaction,
    id: number,
    { moderator, admin, visible }: Pick<User, 'moderator' | 'admin' | 'visible'>,
  ): Promise<void> {
    await tx.run('UPDATE users SET moderator = $2, admin = $3, visible = $4 WHERE id = $1', [
      id,
      moderator,
      admin,
      visible,
    ]);
  }

  /** Bans a user whose standing is locked from the whole server, or lifts that ban. */
  async setGlobalBan(tx: Transaction, id: number, banned: boolean): Promise<void> {
    await tx.run('UPDATE users SET banned = $2 WHERE id = $1', [id, banned]);
  }

  /** Sets the marks on the whole server of a user whose standing is locked. */
  async setGlobalMarks(tx: Transaction, id: number, { trusted, mutedUntil, shadowed }: Marks): Promise<void> {
    await tx.run('UPDATE users SET trusted = $2, muted_until = $3, shadowed = $4 WHERE id = $1', [
      id,
      trusted,
      mutedUntil,
      shadowed,
    ]);
  }

  /**
   * Holds the standing of several users, one transaction at a time for each of them; who only uses
   * {@link holdStanding} goes on. They are locked in order of id.
   */
  async holdStandingsAlone(tx: Transaction, ids: readonly number[]): Promise<void> {
    takesLocks(tx, 'users', ids);
    await tx.run('SELECT 1 FROM users WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE', [ids]);
  }

  /** Remembers that the server itself writes under this ID. */
  async markAsServer(tx: Transaction, id: number): Promise<void> {
    await tx.run('UPDATE users SET is_server = true WHERE id = $1 AND NOT is_server', [id]);
  }

  /** Whether the server itself writes under this ID. */
  async isServer(reader: DatabaseReader, id: number): Promise<boolean> {
    return reader.exists('SELECT FROM users WHERE id = $1 AND is_server', [id]);
  }

  /** Whichever of several Session IDs exists. */
  async findAny(sessionIds: readonly string[], reader: DatabaseReader): Promise<User | undefined> {
    const row = await reader.row(USER_COLUMNS, `${SELECT_USER} WHERE u.session_id = ANY ($1) LIMIT 1`, [
      sessionIds,
    ]);
    return row && toUser(row);
  }

  /** Creates a user unless there is one; the unique Session ID decides between parallel first requests. */
  async create(tx: Transaction, sessionId: string): Promise<void> {
    await tx.run(
      `INSERT INTO users (session_id, created_at, last_active_at)
       VALUES ($1, ${NOW}, ${NOW})
       ON CONFLICT (session_id) DO NOTHING`,
      [sessionId],
    );
  }

  /**
   * Creates those of several users that there are not yet; but none whose `05…` ID has roles that wait for them. For blinded
   * IDs the transaction holds the locks of {@link lockPeople}.
   * @returns those that were created, by Session ID; nobody else can change them before the transaction ends
   */
  async createMany(tx: Transaction, sessionIds: readonly string[]): Promise<Map<string, User>> {
    takesLocks(tx, 'users', sessionIds);
    const persons = sessionIds.map((sessionId) =>
      isBlinded(sessionId) ? absoluteBlindedId(sessionId) : null,
    );
    // In one order everywhere, so that two processes creating the same people can't deadlock.
    const rows = await tx.rows(
      USER_COLUMNS,
      `INSERT INTO users AS u (session_id, created_at, last_active_at)
       SELECT session_id, ${NOW}, ${NOW} FROM unnest($1::text[], $2::text[]) AS newcomer (session_id, blinded_abs)
       WHERE NOT EXISTS (SELECT 1 FROM pending_blinding p WHERE p.blinded_abs = newcomer.blinded_abs)
       ORDER BY session_id
       ON CONFLICT (session_id) DO NOTHING
       RETURNING u.id, u.session_id, ${STANDING_COLUMNS}, NULL::json AS overrides`,
      [sessionIds, persons],
    );
    return new Map(rows.map((row) => [row.session_id, toUser(row)]));
  }

  /**
   * Lets one transaction at a time create or look for either form of a person's ID, so that a role given to an
   * `05…` ID can't miss the `15…` user who is being created at the same moment.
   * @param blindedAbs absolute blinded IDs, locked in one order everywhere
   */
  async lockPeople(tx: Transaction, blindedAbs: readonly string[]): Promise<void> {
    if (!takesLocks(tx, 'people', blindedAbs)) return;
    await tx.run(
      `SELECT pg_advisory_xact_lock(hashtextextended(person, 0))
       FROM (SELECT person FROM unnest($1::text[]) AS p (person) ORDER BY person) AS sorted`,
      [blindedAbs],
    );
  }

  /**
   * As {@link lockPeople}, without waiting for anybody.
   * @param blindedAbs absolute blinded IDs
   * @returns those of them that are locked now
   */
  async tryLockPeople(tx: Transaction, blindedAbs: readonly string[]): Promise<Set<string>> {
    const rows = await tx.rows(
      { locked: column.text },
      `SELECT person AS locked FROM unnest($1::text[]) AS p (person)
       WHERE pg_try_advisory_xact_lock(hashtextextended(person, 0))`,
      [blindedAbs],
    );
    const locked = rows.map((row) => row.locked);
    holdsLocks(tx, 'people', locked);
    return new Set(locked);
  }

  /**
   * The users with these IDs, and those of the IDs about whose owner staff has decided before they turned up. One statement
   * asks for both: the transaction that creates such a user ends the wait.
   * @returns by Session ID; who is neither is missing
   */
  async findOrAwaited(sessionIds: readonly string[]): Promise<Map<string, User | 'awaited'>> {
    const persons = sessionIds.map((sessionId) =>
      isBlinded(sessionId) ? absoluteBlindedId(sessionId) : null,
    );
    const rows = await this.database.rows(
      ASKED_USER_COLUMNS,
      `SELECT known.*, asked.session_id AS asked
       FROM unnest($1::text[], $2::text[]) AS asked (session_id, blinded_abs)
         LEFT JOIN LATERAL (${SELECT_USER} WHERE u.session_id = asked.session_id) AS known ON true
       WHERE known.id IS NOT NULL
         OR EXISTS (SELECT 1 FROM pending_blinding p WHERE p.blinded_abs = asked.blinded_abs)`,
      [sessionIds, persons],
    );
    return new Map(rows.map(({ asked, ...row }) => [asked, isThere(row) ? toUser(row) : 'awaited']));
  }

  /** The `05…` user who waits for a blinded ID, overrides included. */
  async findAwaited(reader: DatabaseReader, blindedAbs: string): Promise<User | undefined> {
    const row = await reader.row(
      USER_COLUMNS,
      `${SELECT_USER} JOIN pending_blinding p ON p.user_id = u.id WHERE p.blinded_abs = $1`,
      [blindedAbs],
    );
    return row && toUser(row);
  }

  /** Remembers that this `05…` user's roles belong to whoever turns up with the blinded ID. */
  async awaitBlinding(tx: Transaction, userId: number, blindedAbs: string): Promise<void> {
    await tx.run(
      `INSERT INTO pending_blinding (blinded_abs, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
      [blindedAbs, userId],
    );
  }

  /** Ends the wait for a blinded ID: the `05…` user that waited, if any. */
  async takePendingBlinding(tx: Transaction, blindedAbs: string): Promise<number | undefined> {
    const rows = await tx.rows(
      { user_id: column.number },
      'DELETE FROM pending_blinding WHERE blinded_abs = $1 RETURNING user_id',
      [blindedAbs],
    );
    return rows[0]?.user_id;
  }

  /** Moves global flags and marks, room permissions, schedules and bans from one user to another who has none. */
  async moveStanding(tx: Transaction, from: number, to: number): Promise<void> {
    takesLocks(tx, 'users', [from, to]);
    await tx.run('SELECT 1 FROM users WHERE id = $1 FOR UPDATE', [from]);
    await tx.run(
      `UPDATE users u SET ${STANDING.map((column) => `${column} = waiting.${column}`).join(', ')}
       FROM users waiting WHERE u.id = $2 AND waiting.id = $1`,
      [from, to],
    );
    await tx.run(
      `UPDATE users SET ${STANDING.map((column) => `${column} = DEFAULT`).join(', ')} WHERE id = $1`,
      [from],
    );
    for (const table of ['permission_overrides', 'scheduled_permissions', 'scheduled_bans']) {
      await tx.run(`UPDATE ${table} SET user_id = $2 WHERE user_id = $1`, [from, to]);
    }
  }
}

/** Whether a user was there to join: no column of one who is there is null where its type says so. */
function isThere(row: OrNulls<UserRow>): row is UserRow {
  return row.id !== null;
}

function toUser(row: UserRow): User {
  const overrides = (row.overrides ?? []).map(
    ({ room_id, muted_until, ...override }) => [room_id, { ...override, mutedUntil: muted_until }] as const,
  );
  return {
    id: row.id,
    sessionId: row.session_id,
    banned: row.banned,
    moderator: row.moderator,
    admin: row.admin,
    visible: row.visible,
    trusted: row.trusted,
    mutedUntil: row.muted_until,
    shadowed: row.shadowed,
    overrides: overrides.length === 0 ? NO_OVERRIDES : new Map(overrides),
  };
}

/** Nearly everyone has none: they share one empty map. */
const NO_OVERRIDES: ReadonlyMap<number, PermissionOverride> = new Map();
