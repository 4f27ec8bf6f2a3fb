import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';

/** Nest's lines about its own start-up interest a developer, not an operator. */
const FRAMEWORK_CONTEXTS = new Set([
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/**
 * Nest's logger on top of pino. `logger.log('Room deleted', { seconds: 2 })` gives a line with these fields; an Error,
 * as the message or after it, is logged with its stack.
 */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...details: unknown[]): void {
    this.write('info', message, details);
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.write('fatal', message, details);
  }

  error(message: unknown, ...details: unknown[]): void {
    this.write('error', message, details);
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.write('warn', message, details);
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.write('debug', message, details);
  }

  verbose(message: unknown, ...details: unknown[]): void {
    this.write('trace', message, details);
  }

  private write(level: Level, message: unknown, details: readonly unknown[]): void {
    const last = details.at(-1);
    // In the bundle the name of a class that refers to itself starts with an underscore.
    const context = typeof last === 'string' ? last.replace(/^_/, '') : undefined;
    const rest = context === undefined ? details : details.slice(0, -1);
    const effective = level === 'info' && FRAMEWORK_CONTEXTS.has(context ?? '') ? 'debug' : level;
    const fields: Record<string, unknown> = context === undefined ? {} : { context };
    for (const detail of [message, ...rest]) {
      if (detail instanceof Error) fields.err = detail;
      else if (isFields(detail)) Object.assign(fields, detail);
      else if (detail !== message && typeof detail === 'string') fields.stack = detail;
    }
    const text = message instanceof Error ? message.message : message;
    if (isFields(text)) this.logger[effective](fields);
    else this.logger[effective](fields, String(text));
  }
}
