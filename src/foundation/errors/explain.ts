import { HttpException, Logger } from '@nestjs/common';
import { DatabaseFullError, DatabaseUnavailableError } from '../database/errors.js';
import { errorLine } from '../error-line.js';
import { catalogue, type ErrorCode } from './catalogue.js';
import { ProtocolError } from './protocol-error.js';
import { StorageUnavailableError } from './storage-unavailable-error.js';

const logger = new Logger('Requests');

/** Milliseconds. While the database is away every request fails alike, and one line now and then says so. */
const BETWEEN_OUTAGE_LINES = 10_000;
/** Seconds after which PostgreSQL has usually recovered from a crash. */
const OUTAGE_SECONDS = 1;
/** Seconds; a store that does not answer is asked every second. */
const STORAGE_OUTAGE_SECONDS = 5;
let outageToldAt = -Infinity;

/** A failure as a client is told of it. */
export interface Explanation {
  status: number;
  /** Entry of the catalogue, where it has one for this failure. */
  code?: ErrorCode | undefined;
  /** Plain text. */
  message: string;
  /** Seconds after which trying again makes sense. */
  retryAfter?: number | undefined;
}

/** The one place that turns what was thrown into an answer. The unforeseen is logged, and told as a bare 500. */
export function explain(error: unknown): Explanation {
  if (error instanceof ProtocolError) return error;
  if (error instanceof HttpException) return { status: error.getStatus(), message: error.message };
  if (error instanceof DatabaseUnavailableError) {
    const code = error instanceof DatabaseFullError ? 'disk_full' : 'unavailable';
    tellOutage(error, code);
    return new ProtocolError(code, undefined, code === 'unavailable' ? OUTAGE_SECONDS : undefined);
  }
  if (error instanceof StorageUnavailableError)
    return new ProtocolError('unavailable', 'files can not be stored or read', STORAGE_OUTAGE_SECONDS);
  if (isAborted(error)) return new ProtocolError('malformed_request', 'the connection was closed early');
  logger.error('A request failed', error instanceof Error ? error.stack : String(error));
  return new ProtocolError('internal');
}

function tellOutage({ cause }: DatabaseUnavailableError, code: ErrorCode): void {
  const now = performance.now();
  if (now - outageToldAt < BETWEEN_OUTAGE_LINES) return;
  outageToldAt = now;
  const what = code === 'disk_full' ? 'The disk of the database is full' : 'The database is unavailable';
  logger.warn(`${what}, and requests are answered ${catalogue[code][0]}: ${errorLine(cause)}`);
}

/**
 * Node's error codes for a sender that goes away while its body is read, or a reader that does while it is sent, before anything
 * has left. Strangers must not fill the log with it.
 */
function isAborted(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return (
    error.code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    (error.message === 'aborted' && error.code === 'ECONNRESET')
  );
}
