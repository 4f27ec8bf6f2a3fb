import { type RawRow } from './source/source.js';
import { ImportError } from './source/import-error.js';
import {
  MADE,
  ORDINAL,
  type TargetRow,
  type TableTransfer,
  type TransferColumn,
  type SourceValue,
} from './transfers/transfer.js';

/** Replaces bytes that are no UTF-8, and NUL, which PostgreSQL can't keep. */
const REPLACEMENT = '\uFFFD';
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Clients keep ids and counters below 2^53, and those of a community that moves in go on growing. */
const HIGHEST_NUMBER = Number.MAX_SAFE_INTEGER - 2 ** 44;
/** Times are unix seconds; above this, a double does not tell milliseconds apart. */
const LARGEST_FLOAT = 1e12;

/** Seconds by which clocks may differ. */
const CLOCK_DIFFERENCE = 24 * 60 * 60;

/** A value as a message may quote it. */
function shown(raw: unknown): string {
  return raw instanceof Uint8Array ? 'a blob' : JSON.stringify(String(raw).slice(0, 40));
}

function toNumber(raw: unknown): number {
  const value = Number(raw);
  if (!Number.isFinite(value)) throw new RangeError(`${shown(raw)} is no number`);
  if (Math.abs(value) > LARGEST_FLOAT) throw new RangeError(`${shown(raw)} is too large`);
  return value;
}

/** Posts to a room get later times than all before them, so a message from the future would date all that follow. */
function toPastTime(raw: unknown, now: number): number {
  const value = toNumber(raw);
  if (value < 0) throw new RangeError(`${shown(raw)}, before 1970`);
  if (value > now + CLOCK_DIFFERENCE) throw new RangeError(`${shown(raw)}, which is in the future`);
  return value;
}

function toInteger(raw: unknown): number {
  const value = Number(raw);
  if (!Number.isInteger(value)) throw new RangeError(`${shown(raw)} is no whole number`);
  if (value < 0) throw new RangeError(`${shown(raw)} is below 0`);
  if (value > HIGHEST_NUMBER) throw new RangeError(`${shown(raw)} is higher than clients can count on from`);
  return value;
}

function toText(raw: unknown): string {
  const text = raw instanceof Uint8Array ? utf8.decode(raw) : String(raw);
  return text.replaceAll('\0', REPLACEMENT);
}

function toBytes(raw: unknown): Buffer {
  if (!(raw instanceof Uint8Array)) throw new RangeError('no bytes');
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
}

function toValue({ type, isPast }: TransferColumn, raw: unknown, now: number): SourceValue {
  if (raw === null) return null;
  switch (type) {
    case 'int':
      return toInteger(raw);
    case 'float':
      return isPast ? toPastTime(raw, now) : toNumber(raw);
    case 'bool':
      return typeof raw === 'boolean' ? raw : toNumber(raw) !== 0;
    case 'bytes':
      return toBytes(raw);
    case 'text':
      return toText(raw);
  }
}

/**
 * A row of the source as one of ours.
 * @param ordinal its number among the rows that come along
 * @param now unix seconds
 * @throws ImportError for a value that is none of its column's type
 */
export function toTargetRow(transfer: TableTransfer, raw: RawRow, ordinal: number, now: number): TargetRow {
  const row: TargetRow = {};
  for (const column of transfer.columns) {
    if (column.from === MADE) continue;
    try {
      row[column.name] = column.from === ORDINAL ? ordinal : toValue(column, raw[column.name] ?? null, now);
    } catch (error) {
      const id = row.id === undefined ? `row ${ordinal}` : `the row with id ${String(row.id)}`;
      const reason = error instanceof RangeError ? error.message : String(error);
      throw new ImportError(
        `the table ${transfer.source} can't be used: ${column.name} of ${id} is ${reason}`,
      );
    }
  }
  return row;
}
