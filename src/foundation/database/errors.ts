/** The database cannot be opened; the message is one line that tells the operator what to do. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';
}

/** The database does not answer just now; the same request may succeed in a moment (HTTP 503). */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';

  constructor(cause: unknown) {
    super('The database is not available', { cause });
  }
}

/** PostgreSQL's disk is full: it reads and deletes, but nothing can be added until there is room (HTTP 507). */
export class DatabaseFullError extends DatabaseUnavailableError {}

/**
 * A transaction can't go on until something else has been committed. It is rolled back, that is done, and it runs again
 * ({@link Database.transact}).
 */
export class PrerequisiteError extends Error {
  override readonly name = 'PrerequisiteError';

  /** @param meet does what the transaction waits for, in a transaction of its own */
  constructor(
    message: string,
    readonly meet: () => Promise<unknown>,
  ) {
    super(message);
  }
}

/** SQLSTATE of a full disk, and of one that PostgreSQL could not write to. */
const FULL_STATES = new Set(['53100', '58030']);

/** A transaction met another one and PostgreSQL rolled it back; running it again is the remedy. */
const CONFLICTS = new Set(['40001', '40P01']);

/**
 * SQLSTATE classes and codes of a database that is down, starting, overloaded, out of room or a standby:
 * connection, insufficient resources, operator intervention (a timed-out statement among them), lock timeout,
 * idle-in-transaction timeout and read-only.
 */
const UNAVAILABLE_STATES = /^(08|53|57)|^(55P03|25P03|25006)$/;

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** SQLSTATE of a statement that took longer than it may. */
const QUERY_CANCELED = '57014';

/** No PostgreSQL listens, or it listens and takes nobody yet. */
const REFUSED = new Set(['57P03', 'ECONNREFUSED', 'ENOENT']);

/** Messages of node-postgres and TypeORM, which have no code, about a connection that is lost or can't be made. */
const LOST_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client (was closed|has encountered a connection error)|Cannot use a pool after|Driver not Connected)/;

/** The `code` of a Node or PostgreSQL error, such as `ENOENT` or `57P03`. */
export function errorCode(error: unknown): string | undefined {
  return textProperty(error, 'code');
}

/** True when a statement took longer than it may. */
export function isTimeout(error: unknown): boolean {
  const cause = error instanceof DatabaseUnavailableError ? error.cause : error;
  return errorCode(cause) === QUERY_CANCELED;
}

/** True when nobody takes connections at the moment: PostgreSQL is gone, recovers, starts up or shuts down. */
export function isConnectionRefused(error: unknown): boolean {
  return REFUSED.has(errorCode(error) ?? '');
}

/** True when running the same transaction again can succeed. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(errorCode(error) ?? '');
}

/** True when a statement was not carried out because an earlier one of its transaction had failed. */
export function isFollowingFailure(error: unknown): boolean {
  return errorCode(error) === '25P02';
}

const [NOT_NULL_VIOLATION, UNIQUE_VIOLATION, CHECK_VIOLATION] = ['23502', '23505', '23514'];

/** The indexes of the two places where nonces lie; see `records/nonces/unless-recorded.ts`. */
const NONCE_INDEXES = new Set(['nonces_pkey', 'messages_nonce_idx']);

/** True when a statement tried to record a nonce that is recorded already. */
export function isNonceTaken(error: unknown): boolean {
  const code = errorCode(error);
  const constraint = textProperty(error, 'constraint') ?? '';
  if (code === UNIQUE_VIOLATION) return NONCE_INDEXES.has(constraint);
  if (code === CHECK_VIOLATION) return constraint === 'messages_nonce_whole';
  return code === NOT_NULL_VIOLATION && textProperty(error, 'table') === 'nonces';
}

/**
 * Replaces what a missing database throws by {@link DatabaseUnavailableError}. Anything else stays, with PostgreSQL's
 * details out of sight of loggers, which print all that they can enumerate: details quote rows, Session IDs included.
 */
export function translateError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailableError) return error;
  hideDetails(error);
  const code = errorCode(error);
  if (code !== undefined && FULL_STATES.has(code)) return new DatabaseFullError(error);
  const unavailable =
    code === undefined
      ? LOST_CONNECTION.test(textProperty(error, 'message') ?? '')
      : UNREACHABLE.has(code) || UNAVAILABLE_STATES.test(code);
  return unavailable ? new DatabaseUnavailableError(error) : error;
}

function hideDetails(error: unknown): void {
  if (!(error instanceof Error)) return;
  for (const name of ['detail', 'where', 'parameters', 'driverError']) {
    if (name in error) Object.defineProperty(error, name, { enumerable: false });
  }
}

function textProperty(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const property: unknown = Reflect.get(value, name);
  return typeof property === 'string' ? property : undefined;
}
