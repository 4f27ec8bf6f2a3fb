import { pino, type DestinationStream, type Logger } from 'pino';
import type { LOG_LEVELS } from '../config/server-settings.js';

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where lines go: the file descriptor, and whether a person reads it there. */
export interface LogTarget {
  readonly fd: 1 | 2;
  readonly isTerminal: boolean;
}

/** The part of an error that may be logged. Drivers hang the values of a query on theirs, Session IDs among them. */
export function loggableError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: String(error) };
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? { code: error.code } : {};
  return {
    type: name,
    message,
    stack,
    ...code,
    ...(cause === undefined ? {} : { cause: loggableError(cause) }),
  };
}

async function destination({ fd, isTerminal }: LogTarget): Promise<DestinationStream> {
  // Synchronous, so that no line is lost when the process ends right after it.
  if (!isTerminal) return pino.destination({ dest: fd, sync: true });
  // Only on a terminal, because it takes time and memory to load.
  const { default: pinoPretty } = await import('pino-pretty');
  return pinoPretty({
    destination: fd,
    sync: true,
    ignore: 'pid,context',
    translateTime: 'SYS:HH:MM:ss',
    messageFormat: '{if context}[{context}] {end}{msg}',
  });
}

/** A logger of JSON lines, or of readable ones on a terminal. */
export async function createLogger(level: LogLevel, target: LogTarget): Promise<Logger> {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: loggableError },
    },
    await destination(target),
  );
}

/** Whether the two standard streams of this process are terminals. */
export function standardTarget(fd: 1 | 2): LogTarget {
  return { fd, isTerminal: fd === 1 ? process.stdout.isTTY : process.stderr.isTTY };
}
