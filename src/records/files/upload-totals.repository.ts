import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { DAY, IS_ALIVE, IS_UNCLAIMED, UNCLAIMED_LIFETIME } from './files.repository.js';
import { type UploadTotals } from './upload-usage.js';

/**
 * Seconds after which the totals are counted anew, because claims and expiry make them smaller. Until then they are what was
 * counted and all that was uploaded since, so they are never too small.
 */
const COUNTED_FOR = 2;

const COUNT = `
  SELECT
    (SELECT coalesce(sum(f.size), 0)::float8 FROM files f WHERE ${IS_UNCLAIMED} $2::float8) AS unclaimed,
    (SELECT coalesce(sum(f.size), 0)::float8 FROM files f
     WHERE f.by_stranger AND f.uploaded_at > ${NOW} - $1::float8 AND ${IS_ALIVE}) AS strangers`;

/** The only row. */
const ROW = 1;

const UPLOAD_TOTALS_COLUMNS: Columns<UploadTotals> = { unclaimed: column.number, strangers: column.number };

/** The totals of all uploads to the server. A transaction that adds to them locks their row, so all processes count the same. */
@Injectable()
export class UploadTotalsRepository {
  constructor(private readonly database: Database) {}

  /** The totals, counted anew if that was not done for some seconds. */
  async current(): Promise<UploadTotals> {
    const counted = await this.database.row(
      UPLOAD_TOTALS_COLUMNS,
      `SELECT unclaimed, strangers FROM upload_totals WHERE id = $1 AND counted_at > ${NOW} - $2::float8`,
      [ROW, COUNTED_FOR],
    );
    return counted ?? this.database.transact((tx) => this.count(tx));
  }

  /**
   * Adds an upload. The row stays locked until the transaction ends, so this comes late in it and no lock after it.
   * @param size in bytes
   * @returns the totals, this upload included
   */
  async add(
    tx: Transaction,
    { size, byStranger }: { size: number; byStranger: boolean },
  ): Promise<UploadTotals> {
    const [totals] = await tx.rows(
      UPLOAD_TOTALS_COLUMNS,
      `UPDATE upload_totals SET unclaimed = unclaimed + $2, strangers = strangers + $3 WHERE id = $1
       RETURNING unclaimed, strangers`,
      [ROW, size, byStranger ? size : 0],
    );
    return mustHave(totals);
  }

  private async count(tx: Transaction): Promise<UploadTotals> {
    const row = await tx.row(
      { ...UPLOAD_TOTALS_COLUMNS, isFresh: column.boolean },
      `SELECT unclaimed, strangers, counted_at > ${NOW} - $2::float8 AS "isFresh"
       FROM upload_totals WHERE id = $1 FOR UPDATE`,
      [ROW, COUNTED_FOR],
    );
    const { isFresh, ...totals } = mustHave(row);
    if (isFresh) return totals;
    // A statement of its own sees what was committed while the row was waited for.
    const counted = mustHave(await tx.row(UPLOAD_TOTALS_COLUMNS, COUNT, [DAY, UNCLAIMED_LIFETIME]));
    await tx.run(
      `UPDATE upload_totals SET unclaimed = $2, strangers = $3, counted_at = ${NOW} WHERE id = $1`,
      [ROW, counted.unclaimed, counted.strangers],
    );
    return counted;
  }
}

function mustHave<Row>(row: Row | undefined): Row {
  if (!row) throw new Error('The row of upload totals is missing');
  return row;
}
