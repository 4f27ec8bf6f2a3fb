import { type SourceSchema } from '../source/source-schema.js';

export type ColumnType = 'int' | 'float' | 'bool' | 'bytes' | 'text';
export type SourceValue = number | boolean | string | Buffer | null;

/** A column of ours and where its value comes from. */
export interface TransferColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** SQL over the source; `ORDINAL` counts the rows from 1; `MADE` is filled in by the transfer's `adapt`. */
  readonly from: string;
  /** Whether it is the time of something that has happened. */
  readonly isPast?: true;
}

/** Stands for the number of a row, for tables whose rows have no id in the source. */
export const ORDINAL = '#';
/** Stands for a value that the source does not have. */
export const MADE = '';

/** A row of a table of ours, by column. */
export type TargetRow = Record<string, SourceValue>;

/** Rows that match `condition` (SQL) are changed on the way; `what` completes "17 messages …". */
export interface Repair {
  readonly condition: string;
  readonly what: string;
}

/** Only rows that match `condition` (SQL, never NULL) come along; `otherwise` says why the others don't. */
export interface Requirement {
  readonly condition: string;
  readonly otherwise: string;
}

/** How the rows of one table of pysogs become rows of one table of ours. */
export interface TableTransfer {
  /** The source's table. */
  readonly source: string;
  /** Its alias in all SQL here. */
  readonly alias: string;
  readonly target: string;
  readonly requirements: readonly Requirement[];
  readonly repairs?: readonly Repair[];
  readonly columns: readonly TransferColumn[];
  /** SQL over the source; the same order as `key` in our table. */
  readonly orderBy: string;
  /** Our columns that order the rows in our table. */
  readonly key: string;
  /** A last change of a row outside of SQL. */
  readonly adapt?: (row: TargetRow) => AdaptedRow;
}

/**
 * Changes a row outside of SQL: gives the row, or a changed one and what the operator is told of the change, which
 * completes "17 rooms …", or the reason why it is left out.
 */
export type AdaptedRow =
  { readonly row: TargetRow; readonly repaired?: readonly string[] } | { readonly leftOut: string };

function conditions(requirements: readonly Requirement[]): string {
  return requirements.map(({ condition }) => `(${condition})`).join(' AND ') || '1 = 1';
}

/** SQL for how many rows the source has in all. */
export function countAll({ source }: TableTransfer): string {
  return `SELECT count(*) FROM ${source}`;
}

/** SQL for how many rows are left out for want of each requirement, those of earlier ones not counted again. */
export function countLeftOut({
  source,
  alias,
  requirements,
}: TableTransfer): { reason: string; sql: string }[] {
  return requirements.map(({ condition, otherwise }, index) => ({
    reason: otherwise,
    sql: `SELECT count(*) FROM ${source} ${alias}
      WHERE ${conditions(requirements.slice(0, index))} AND NOT (${condition})`,
  }));
}

/** SQL for how many rows each repair changes. */
export function countRepaired(transfer: TableTransfer): { what: string; sql: string }[] {
  const { source, alias, requirements, repairs = [] } = transfer;
  return repairs.map(({ condition, what }) => ({
    what,
    sql: `SELECT count(*) FROM ${source} ${alias} WHERE ${conditions(requirements)} AND (${condition})`,
  }));
}

/** SQL for the rows that come along, in order. */
export function selectRows(
  { source, alias, requirements, columns, orderBy }: TableTransfer,
  schema: SourceSchema,
): string {
  const selected = columns
    .filter(({ from }) => from !== ORDINAL && from !== MADE)
    .map(({ name, type, from }) => {
      const isBytes = type === 'text' || type === 'bytes';
      return `${isBytes ? schema.bytes(from) : from} AS "${name}"`;
    });
  return `SELECT ${selected.join(', ')} FROM ${source} ${alias} WHERE ${conditions(requirements)} ORDER BY ${orderBy}`;
}
