import { HttpException, Logger } from '@nestjs/common';
import { DatabaseUnavailableError } from '../database/errors.js';
import { ProtocolError } from './protocol-error.js';

const logger = new Logger('Requests');

/** What a client is told of a failure. */
export interface Explanation {
  status: number;
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
    logger.warn(`The database is unavailable: ${error.message}`);
    return new ProtocolError('unavailable');
  }
  logger.error('A request failed', error instanceof Error ? error.stack : String(error));
  return new ProtocolError('internal');
}
