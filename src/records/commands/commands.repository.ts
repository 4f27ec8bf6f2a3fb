import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type WrittenMessage, WRITTEN_MESSAGE_COLUMNS } from '../messages/message-changes.repository.js';
import {
  type CommandCounts,
  COMMAND_STEPS,
  type CommandOutcome,
  commandOutcomeSchema,
  commandQuoteSchema,
  type CommandStep,
  type NewCommand,
  type PostedCommand,
  type SpentAnswer,
} from './command.js';

/** Seconds that a process has for a step until another one takes it for lost. */
const LEASE = 60;

const COMMAND = `c.id, c.room_id AS "roomId", r.token AS room, c.user_id AS "userId", c.message_id AS "messageId",
  c.text, c.quote, c.step, c.outcome`;

const EVENTS_COLUMNS = { events: column.list(column.number) };

const COMMAND_COUNTS_COLUMNS: Columns<CommandCounts> = { own: column.number, ofMembers: column.number };

const POSTED_COMMAND_COLUMNS: Columns<PostedCommand> = {
  id: column.number,
  roomId: column.number,
  room: column.text,
  userId: column.number,
  messageId: column.number,
  text: column.text.orNull,
  quote: column.json(commandQuoteSchema).orNull,
  step: column.oneOf(COMMAND_STEPS),
  outcome: column.json(commandOutcomeSchema).orNull,
};

/** The table of commands that people post. */
@Injectable()
export class CommandsRepository {
  constructor(private readonly database: Database) {}

  /** The message that brought the command with a signature (64 raw bytes); undefined when it is new. */
  async posted(reader: DatabaseReader, signature: Buffer): Promise<WrittenMessage | undefined> {
    return reader.row(
      WRITTEN_MESSAGE_COLUMNS,
      `SELECT m.id, m.seqno_creation AS seqno, m.posted_at AS "postedAt"
       FROM commands c JOIN messages m ON m.id = c.message_id WHERE c.signature = $1`,
      [signature],
    );
  }

  /** How many commands somebody and the members of a room have given within some seconds. */
  async count(
    tx: Transaction,
    { userId, roomId }: { userId: number; roomId: number },
    seconds: number,
  ): Promise<CommandCounts> {
    const row = await tx.row(
      COMMAND_COUNTS_COLUMNS,
      `SELECT
         (SELECT count(*) FROM commands WHERE user_id = $1 AND taken_at > ${NOW} - $3) AS own,
         (SELECT count(*) FROM commands WHERE room_id = $2 AND taken_at > ${NOW} - $3 AND is_member) AS "ofMembers"`,
      [userId, roomId, seconds],
    );
    return row ?? { own: 0, ofMembers: 0 };
  }

  /** Notes a new command, which is to be run. Two with one signature fail at its unique index. */
  async add(tx: Transaction, command: NewCommand): Promise<number> {
    const { roomId, userId, messageId, signature, isMember, text, quote } = command;
    const row = await tx.row(
      { id: column.number },
      `INSERT INTO commands (room_id, user_id, message_id, signature, taken_at, is_member, text, quote, step, due_at)
       VALUES ($1, $2, $3, $4, ${NOW}, $5, $6, $7, 'run', ${NOW} + ${LEASE}) RETURNING id`,
      [roomId, userId, messageId, signature, isMember, text, quote],
    );
    if (!row) throw new Error('An insert did not return a row');
    return row.id;
  }

  /** Notes a message whose work is done, and which is to be deleted as a command's is, some seconds from now. */
  async addSpent(
    tx: Transaction,
    { roomId, userId, messageId, signature }: SpentAnswer,
    seconds: number,
  ): Promise<void> {
    await tx.run(
      `INSERT INTO commands (room_id, user_id, message_id, signature, taken_at, is_member, step, due_at)
       VALUES ($1, $2, $3, $4, ${NOW}, false, 'delete', ${NOW} + $5::float8)`,
      [roomId, userId, messageId, signature, seconds],
    );
  }

  /** A command as it is; undefined when its room is gone. */
  async get(id: number, reader: DatabaseReader = this.database): Promise<PostedCommand | undefined> {
    return reader.row(
      POSTED_COMMAND_COLUMNS,
      `SELECT ${COMMAND} FROM commands c JOIN rooms r ON r.id = c.room_id WHERE c.id = $1`,
      [id],
    );
  }

  /** Locks a command, before any room: two processes that do one step of it do it after one another. */
  async lock(tx: Transaction, id: number): Promise<PostedCommand | undefined> {
    await tx.run('SELECT 1 FROM commands WHERE id = $1 FOR UPDATE', [id]);
    return this.get(id, tx);
  }

  /** Ids of commands whose next step is due because no process does it. */
  async due(limit: number): Promise<number[]> {
    const rows = await this.database.rows(
      { id: column.number },
      `SELECT id FROM commands WHERE due_at <= ${NOW} ORDER BY due_at LIMIT $1`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Keeps others away from a command that is being run, for some time. @returns false when another process has it */
  async claim(id: number): Promise<boolean> {
    const changed = await this.database.run(
      `UPDATE commands SET due_at = ${NOW} + ${LEASE} WHERE id = $1 AND due_at <= ${NOW}`,
      [id],
    );
    return changed > 0;
  }

  /** Goes on keeping others away from a command that takes long. */
  async renew(tx: Transaction, id: number): Promise<void> {
    await tx.run(`UPDATE commands SET due_at = ${NOW} + ${LEASE} WHERE id = $1`, [id]);
  }

  /** Notes the outcome of a command that has been run, and what it caused by this transaction and before. */
  async settle(
    tx: Transaction,
    id: number,
    outcome: CommandOutcome,
    events: readonly number[],
  ): Promise<void> {
    await tx.run(
      `UPDATE commands SET step = 'answer', text = NULL, quote = NULL, outcome = $2, events = $3,
         due_at = ${NOW} + ${LEASE} WHERE id = $1`,
      [id, outcome, events],
    );
  }

  /** Notes the next step; null seconds say that there is none. */
  async moveOn(tx: Transaction, id: number, step: CommandStep, seconds: number | null): Promise<void> {
    await tx.run(
      `UPDATE commands SET step = $2, outcome = NULL, due_at = ${NOW} + $3::float8 WHERE id = $1`,
      [id, step, seconds],
    );
  }

  /** The events of the command that caused one of them, that one included; it alone when no command did. */
  async eventsBeside(reader: DatabaseReader, event: number): Promise<readonly number[]> {
    const row = await reader.row(
      EVENTS_COLUMNS,
      'SELECT events FROM commands WHERE events @> ARRAY[$1::bigint] LIMIT 1',
      [event],
    );
    return row?.events ?? [event];
  }

  /** Forgets commands that are older than so many seconds. */
  async forgetOld(seconds: number): Promise<void> {
    await this.database.run(`DELETE FROM commands WHERE taken_at < ${NOW} - $1 AND due_at IS NULL`, [
      seconds,
    ]);
  }
}
