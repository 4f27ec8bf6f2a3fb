import { type RawRow, type RawValue } from './source/source.js';
import { ImportError } from './import-error.js';
import { MADE, ORDINAL, type TargetRow, type Transfer, type TransferColumn, type Value } from './transfer.js';

/** What a text becomes where its bytes are no UTF-8, and in place of a NUL, which PostgreSQL can't keep. */
const REPLACEMENT = '\uFFFD';
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function toNumber(raw: RawValue): number {
  const value = Number(raw);
  if (!Number.isFinite(value)) throw new RangeError(`${String(raw)} is no number`);
  return value;
}

function toInteger(raw: RawValue): number {
  const value = toNumber(raw);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${String(raw)} is no whole number`);
  return value;
}

function toText(raw: RawValue): string {
  const text = raw instanceof Uint8Array ? utf8.decode(raw) : String(raw);
  return text.replaceAll('\0', REPLACEMENT);
}

function toBytes(raw: RawValue): Buffer {
  if (!(raw instanceof Uint8Array)) throw new RangeError('no bytes');
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
}

function toValue({ type }: TransferColumn, raw: RawValue): Value {
  if (raw === null) return null;
  switch (type) {
    case 'int':
      return toInteger(raw);
    case 'float':
      return toNumber(raw);
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
 * @throws ImportError for a value that is none of its column's type
 */
export function toTargetRow(transfer: Transfer, raw: RawRow, ordinal: number): TargetRow {
  const row: TargetRow = {};
  for (const column of transfer.columns) {
    if (column.from === MADE) continue;
    try {
      row[column.name] = column.from === ORDINAL ? ordinal : toValue(column, raw[column.name] ?? null);
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
