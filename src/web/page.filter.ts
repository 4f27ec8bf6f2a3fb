import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { TEXT_TYPE } from '../protocol/requests/reply.js';
import { explain } from '../foundation/errors/explain.js';
import { PAGE_VARIES, sendPage } from './answer.js';
import { languageOf } from './language/accepted-language.js';
import { PagesService } from './pages.service.js';

/** Tells failures to people as pages, and to programs as plain text like everywhere else. */
@Catch()
@Injectable()
export class PageFilter implements ExceptionFilter {
  constructor(private readonly pages: PagesService) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const explained = explain(error);
    const { status, message, retryAfter } = explained;
    if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
    if (request.headers.accept?.includes('text/html')) {
      const language = languageOf(request);
      const { room } = request.params as { room?: string };
      sendPage(request, reply, this.pages.refusal(language, explained, room), status);
    } else {
      void reply.status(status).headers({ 'content-type': TEXT_TYPE, vary: PAGE_VARIES }).send(message);
    }
  }
}
