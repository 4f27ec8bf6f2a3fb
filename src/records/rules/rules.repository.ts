import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type DatabaseReader, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { SECONDS_PER_DAY } from '../defence/trust.js';
import { type Rule, type RuleHits, type RuleText, ruleTextSchema } from './rule.js';

/** A row of the table as it is read. */
interface RuleRow extends Omit<Rule, keyof RuleText> {
  name: string;
  /** As this or a later version has written it. */
  rule: object;
}

const COLUMNS = `u.id, r.token AS room, u.position, u.name, u.rule, u.armed_at AS "armedAt"`;
const SELECT_RULES = `SELECT ${COLUMNS} FROM rules u LEFT JOIN rooms r ON r.id = u.room_id`;
/** Days that count as the last ones. */
const RECENT_DAYS = 7;
/** Days for which hits are kept. */
const DAYS_KEPT = 90;
const TODAY = `floor(${NOW} / ${SECONDS_PER_DAY})::integer`;

const ROW_COLUMNS: Columns<RuleRow> = {
  name: column.text,
  rule: column.anyObject,
  id: column.number,
  room: column.text.orNull,
  position: column.number,
  armedAt: column.number.orNull,
};

const RULE_HITS_COLUMNS: Columns<RuleHits> = { hits: column.number, recent: column.number };

/** The table of rules, and how often they hit. */
@Injectable()
export class RulesRepository {
  constructor(private readonly database: Database) {}

  /**
   * The rules of one place, in order; those that a later version has written in a way of its own are left out.
   * @param token of a room, in whatever case; null for the server's
   */
  async of(token: string | null, reader: DatabaseReader = this.database): Promise<Rule[]> {
    const rows = await reader.rows(
      ROW_COLUMNS,
      token === null
        ? `${SELECT_RULES} WHERE u.room_id IS NULL ORDER BY u.position, u.id`
        : `${SELECT_RULES} WHERE u.room_id = (SELECT id FROM rooms WHERE lower(token) = lower($1)) ORDER BY u.position, u.id`,
      token === null ? [] : [token],
    );
    return rows.flatMap(toRule);
  }

  /** The places that have rules, the server (null) before rooms, which are named by their tokens in lower case. */
  async places(limit: number): Promise<(string | null)[]> {
    const rows = await this.database.rows(
      { token: column.text.orNull },
      `SELECT lower(r.token) AS token FROM (SELECT DISTINCT room_id FROM rules) AS u LEFT JOIN rooms r ON r.id = u.room_id
       ORDER BY u.room_id NULLS FIRST LIMIT $1`,
      [limit],
    );
    return rows.map(({ token }) => token);
  }

  /** A rule by its id. */
  async find(id: number, reader: DatabaseReader = this.database): Promise<Rule | undefined> {
    const row = await reader.row(ROW_COLUMNS, `${SELECT_RULES} WHERE u.id = $1`, [id]);
    return row && toRule(row)[0];
  }

  /** Keeps others from changing rules until the transaction ends. */
  async lock(tx: Transaction): Promise<void> {
    await tx.run('LOCK TABLE rules IN SHARE ROW EXCLUSIVE MODE');
  }

  /**
   * Adds a rule, behind the others of its place unless a position is said.
   * @param rule with an id only when it was there before
   * @returns its id
   */
  async add(
    tx: Transaction,
    roomId: number | null,
    { id, position, armedAt, name, ...rest }: RuleText & Partial<Rule>,
  ): Promise<number> {
    const rule = { ...rest, room: undefined };
    const row = await tx.row(
      { id: column.number },
      `INSERT INTO rules (id, room_id, position, name, rule, armed_at)
       SELECT coalesce($1::bigint, nextval(pg_get_serial_sequence('rules', 'id'))), $2::bigint,
         coalesce($3::integer, (SELECT coalesce(max(position), 0) + 1 FROM rules o WHERE o.room_id IS NOT DISTINCT FROM $2::bigint)),
         $4, $5::jsonb, $6 RETURNING id`,
      [id ?? null, roomId, position ?? null, name, JSON.stringify(rule), armedAt ?? null],
    );
    if (!row) throw new Error('A rule was not written');
    return row.id;
  }

  /** Replaces what a rule says and whether it is armed. */
  async change(tx: Transaction, { id, position, armedAt, name, ...rest }: Rule): Promise<void> {
    const rule = { ...rest, room: undefined };
    await tx.run('UPDATE rules SET position = $2, name = $3, rule = $4::jsonb, armed_at = $5 WHERE id = $1', [
      id,
      position,
      name,
      JSON.stringify(rule),
      armedAt,
    ]);
  }

  /** Removes a rule with its hits. */
  async remove(tx: Transaction, id: number): Promise<void> {
    await tx.run('DELETE FROM rules WHERE id = $1', [id]);
  }

  /** How often rules hit, by id; those that never did are missing. */
  async hitsOf(ids: readonly number[]): Promise<Map<number, RuleHits>> {
    const rows = await this.database.rows(
      { ...RULE_HITS_COLUMNS, id: column.number },
      `SELECT rule_id AS id, sum(hits)::bigint AS hits,
         coalesce(sum(hits) FILTER (WHERE day > ${TODAY} - ${RECENT_DAYS}), 0)::bigint AS recent
       FROM rule_hits WHERE rule_id = ANY ($1) GROUP BY rule_id`,
      [ids],
    );
    return new Map(rows.map(({ id, hits, recent }) => [id, { hits, recent }]));
  }

  /** Adds hits to today's, by rule id; those of rules that have gone are dropped. */
  async countHits(hits: ReadonlyMap<number, number>): Promise<void> {
    const sorted = [...hits].sort(([one], [other]) => one - other);
    await this.database.run(
      `INSERT INTO rule_hits AS h (rule_id, day, hits)
       SELECT u.id, ${TODAY}, added.hits FROM unnest($1::bigint[], $2::integer[]) AS added (id, hits)
         JOIN rules u ON u.id = added.id ORDER BY u.id
       ON CONFLICT (rule_id, day) DO UPDATE SET hits = h.hits + excluded.hits`,
      [sorted.map(([id]) => id), sorted.map(([, count]) => count)],
    );
  }

  /** Forgets hits of long ago. */
  async forgetOldHits(): Promise<void> {
    await this.database.run(`DELETE FROM rule_hits WHERE day < ${TODAY} - ${DAYS_KEPT}`);
  }
}

function toRule({ rule, name, ...place }: RuleRow): Rule[] {
  const read = ruleTextSchema.safeParse({ ...rule, name });
  return read.success ? [{ ...read.data, ...place }] : [];
}
