import { createHash, type Hash } from 'node:crypto';
import { copyField, copyFloatBits, copyLine } from '../../foundation/database/copy-format.js';
import { ImportError } from './source/import-error.js';
import { type Source } from './source/source.js';
import {
  countAll,
  countLeftOut,
  countRepaired,
  selectRows,
  type TargetRow,
  type TableTransfer,
} from './transfers/transfer.js';
import { toTargetRow } from './values.js';

/** Rows of one kind and how many there are. */
export interface RowTally {
  readonly what: string;
  readonly count: number;
}

/** Counts of the rows of one table, by what became of them. */
export interface TableResult {
  /** Our table. */
  readonly table: string;
  /** Rows in the source. */
  readonly found: number;
  readonly taken: number;
  /** SHA-256, in hex, over all values of the rows taken, in order. */
  readonly checksum: string;
  /** Rows not taken, by reason. */
  readonly leftOut: readonly RowTally[];
  /** Rows changed on the way. */
  readonly repaired: readonly RowTally[];
}

/**
 * Reads one table of the source as rows of ours, and keeps account of them. Memory does not grow with the table.
 * After `lines` has come to its end, `result` tells what there was.
 */
export class TableReader {
  private readonly hash: Hash = createHash('sha256');
  private readonly rejected = new Map<string, number>();
  private readonly repaired = new Map<string, number>();
  private taken = 0;

  /** @param now unix seconds; rows from later are refused */
  constructor(
    private readonly source: Source,
    readonly transfer: TableTransfer,
    private readonly now: number,
  ) {}

  /** How many rows the source has. */
  size(): Promise<number> {
    return this.source.number(countAll(this.transfer));
  }

  /**
   * The rows in COPY text format.
   * @param onRows called with the number of rows read since the last call
   */
  async *lines(onRows: (count: number) => void): AsyncGenerator<string> {
    const { transfer } = this;
    for await (const batch of this.source.batches(selectRows(transfer, this.source.schema))) {
      for (const raw of batch) {
        const row = this.adapt(toTargetRow(transfer, raw, this.taken + 1, this.now));
        if (row) yield this.account(row);
      }
      onRows(batch.length);
    }
  }

  async result(): Promise<TableResult> {
    const { source, transfer } = this;
    const leftOut: RowTally[] = [];
    for (const { reason, sql } of countLeftOut(transfer)) {
      leftOut.push({ what: reason, count: await source.number(sql) });
    }
    for (const [what, count] of this.rejected) leftOut.push({ what, count });
    const repaired: RowTally[] = [];
    for (const { what, sql } of countRepaired(transfer)) {
      repaired.push({ what, count: await source.number(sql) });
    }
    for (const [what, count] of this.repaired) repaired.push({ what, count });
    const found = await this.size();
    const accounted = leftOut.reduce((sum, { count }) => sum + count, this.taken);
    if (accounted !== found) {
      throw new ImportError(
        `of ${found} rows in ${transfer.source} only ${accounted} were seen: is it damaged?`,
      );
    }
    return {
      table: transfer.target,
      found,
      taken: this.taken,
      checksum: this.hash.digest('hex'),
      leftOut: leftOut.filter(({ count }) => count > 0),
      repaired: repaired.filter(({ count }) => count > 0),
    };
  }

  private adapt(row: TargetRow): TargetRow | undefined {
    const adapted = this.transfer.adapt?.(row) ?? { row };
    if ('leftOut' in adapted) {
      count(this.rejected, adapted.leftOut);
      return undefined;
    }
    for (const what of adapted.repaired ?? []) count(this.repaired, what);
    return adapted.row;
  }

  private account(row: TargetRow): string {
    const fields: string[] = [];
    const exact: string[] = [];
    for (const { name, type } of this.transfer.columns) {
      const value = row[name] ?? null;
      const field = copyField(value);
      fields.push(field);
      exact.push(type === 'float' && typeof value === 'number' ? copyFloatBits(value) : field);
    }
    this.taken++;
    this.hash.update(copyLine(exact));
    return copyLine(fields);
  }
}

function count(tallies: Map<string, number>, what: string): void {
  tallies.set(what, (tallies.get(what) ?? 0) + 1);
}
