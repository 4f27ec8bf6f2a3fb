import * as z from 'zod';

/**
 * A backup is a tar file: `plaza-backup.json`, `key_x25519`, the rows of every table in pieces of whole lines of
 * PostgreSQL's COPY text format, every file's bytes under its storage key, and at last `manifest.json`, whose absence
 * tells that the archive was cut short.
 */
export const FORMAT = 1;
export const HEADER_NAME = 'plaza-backup.json';
export const KEY_NAME = 'key_x25519';
export const MANIFEST_NAME = 'manifest.json';
const ROWS_PREFIX = 'database/';
const FILES_PREFIX = 'files/';

const identifier = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
const count = z.int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A table as it was: PostgreSQL names only, because they become part of SQL. */
const tableSchema = z.object({
  name: identifier,
  columns: z.array(identifier).min(1),
  /** Columns of the primary key: the order of the rows. */
  key: z.array(identifier).min(1),
  /** Those columns of the key that are text, whose order depends on the database. */
  text_key: z.array(identifier),
  rows: count,
});

export const headerSchema = z.object({
  format: z.int(),
  /** The version of Plaza that wrote it. */
  version: z.string(),
  /** Unix seconds. */
  created_at: z.number().nonnegative(),
  public_key: z.string().regex(/^[0-9a-f]{64}$/),
  /** Names of the migrations that made the schema, in order. */
  migrations: z.array(z.string()),
  tables: z.array(tableSchema),
  /** How far each table's ids have got; null before the first. */
  sequences: z.record(identifier, count.nullable()),
  files: count,
});

export const manifestSchema = z.object({
  /** SHA-256 over name, size and SHA-256 of every entry before this one, in order. */
  entries_sha256: sha256,
  /** SHA-256 of each table's rows. */
  tables: z.record(identifier, sha256),
  /** Storage keys of files that were gone when their turn came. */
  missing: z.array(z.string()),
});

export type BackupTable = z.infer<typeof tableSchema>;
export type BackupHeader = z.infer<typeof headerSchema>;
export type BackupManifest = z.infer<typeof manifestSchema>;

/** Name of a piece of a table's rows. */
export function rowsName(table: string, piece: number): string {
  return `${ROWS_PREFIX}${table}/${String(piece).padStart(8, '0')}`;
}

/** Name of a file's entry. */
export function fileName(storageKey: string): string {
  return `${FILES_PREFIX}${storageKey}`;
}

/** The table whose rows an entry has, if it is such an entry. */
export function tableOf(name: string): string | undefined {
  return name.startsWith(ROWS_PREFIX) ? name.slice(ROWS_PREFIX.length).split('/')[0] : undefined;
}

/** The storage key whose bytes an entry has, if it is such an entry. */
export function storageKeyOf(name: string): string | undefined {
  return name.startsWith(FILES_PREFIX) ? name.slice(FILES_PREFIX.length) : undefined;
}
