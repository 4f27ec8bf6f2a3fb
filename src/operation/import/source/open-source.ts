import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ImportError } from './import-error.js';
import { openPostgresSource } from './postgres-source.js';
import { type Source } from './source.js';
import { openSqliteSource } from './sqlite-source.js';

/** Where a pysogs keeps its database. */
export type SourceAddress =
  { readonly kind: 'sqlite'; readonly file: string } | { readonly kind: 'postgres'; readonly url: string };

/**
 * Reads what `--db` says: a URL as in `sogs.ini`, or the path of a SQLite file. `sqlite:///a/b` is relative to the
 * working directory, as pysogs has it; where nothing is there, `/a/b` is meant.
 */
export function parseSourceAddress(text: string): SourceAddress {
  const [, scheme, rest = ''] = /^([a-z0-9+]+):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined) return { kind: 'sqlite', file: resolve(text) };
  const [database] = scheme.toLowerCase().split('+');
  if (database === 'postgresql' || database === 'postgres')
    return { kind: 'postgres', url: `postgres://${rest}` };
  if (database !== 'sqlite' || !rest.startsWith('/')) {
    throw new ImportError(
      '--db must be sqlite:///path/to/sogs.db or postgresql://user:password@host/database',
    );
  }
  const relative = resolve(rest.slice(1));
  return { kind: 'sqlite', file: existsSync(relative) ? relative : resolve(rest) };
}

/** Opens the database for reading only. Throws ImportError when it can't be, or when it is none of pysogs. */
export function openSource(address: SourceAddress): Promise<Source> {
  return address.kind === 'sqlite' ? openSqliteSource(address.file) : openPostgresSource(address.url);
}

/** Folder in which pysogs runs, as far as its database tells; undefined for PostgreSQL. */
export function homeOf(address: SourceAddress): string | undefined {
  return address.kind === 'sqlite' ? dirname(address.file) : undefined;
}
