import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { explain } from '../foundation/errors/explain.js';

/** Tells every failure of an HTTP request as plain text, never as HTML. */
@Catch()
export class PlainTextFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const { status, message, retryAfter } = explain(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
    void reply.status(status).header('content-type', 'text/plain; charset=utf-8').send(message);
  }
}
