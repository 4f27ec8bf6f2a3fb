import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { TEXT_TYPE } from '../protocol/requests/reply.js';
import { explain } from '../foundation/errors/explain.js';
import { sendPage } from './answer.js';
import { PagesService } from './pages.service.js';

/** Tells failures to people as pages, and to programs as plain text like everywhere else. */
@Catch()
@Injectable()
export class PageFilter implements ExceptionFilter {
  constructor(private readonly pages: PagesService) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, message } = explain(error);
    if (request.headers.accept?.includes('text/html')) {
      sendPage(request, reply, this.pages.refusal(status, message), status);
    } else {
      void reply.status(status).headers({ 'content-type': TEXT_TYPE, vary: 'accept' }).send(message);
    }
  }
}
