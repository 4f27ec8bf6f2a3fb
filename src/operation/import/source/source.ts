import { type SourceSchema } from './source-schema.js';

/** Bytes of one value; nothing that clients can send is as large. */
export const LARGEST_VALUE = 4 * 1024 * 1024;

/** A row as the driver of the source gives it. Nothing is known of its values until each is read as one of ours. */
export type RawRow = Readonly<Record<string, unknown>>;

/** A database of pysogs or bunsogs, opened for reading only: everything is seen as of one moment. */
export interface Source {
  readonly schema: SourceSchema;
  /** How the source is named in messages; without its password. */
  readonly name: string;
  /** A query's rows, in its order, some hundred at a time. */
  batches(sql: string): AsyncIterable<readonly RawRow[]>;
  /** The single number that a query answers; 0 for NULL and for no row. */
  number(sql: string): Promise<number>;
  /** The highest id a table has ever given out, as far as the source knows. */
  highestId(table: string): Promise<number>;
  /** Throws ImportError when somebody wrote to the source since it was opened and what was read may be torn. */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}
