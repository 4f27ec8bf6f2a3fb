import { type Settings } from '../config/settings.js';

/** The ways to a database. */
export interface DatabaseAddress {
  /** `postgres://user:password@host:port/database`, perhaps of a pooler that lends a session for each transaction. */
  readonly url: string;
  /** The way past the pooler, for what needs a session of its own, such as LISTEN; the same as `url` without one. */
  readonly directUrl: string;
}

/** The database that the settings name; undefined when that is an embedded one. */
export function databaseOf({ databaseUrl, databaseDirectUrl }: Settings): DatabaseAddress | undefined {
  return databaseUrl === undefined
    ? undefined
    : { url: databaseUrl, directUrl: databaseDirectUrl ?? databaseUrl };
}

/** The address of a database without a pooler. */
export function directAddress(url: string): DatabaseAddress {
  return { url, directUrl: url };
}

/** Whether a pooler stands between, which keeps nothing of a session from one transaction to the next. */
export function isPooled({ url, directUrl }: DatabaseAddress): boolean {
  return url !== directUrl;
}
