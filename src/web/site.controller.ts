import { Controller, Get, Param, Req, Res, UseFilters } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { parseInput } from '../protocol/requests/inputs.js';
import { roomParams } from '../protocol/requests/path.schemas.js';
import { PAGE_VARIES, sendAsset, sendDocument, sendPage } from './answer.js';
import { languageOf } from './language/accepted-language.js';
import { PageFilter } from './page.filter.js';
import { PagesService } from './pages.service.js';
import { redirectToRoom } from './redirect.js';
import { SiteFiles } from './site-files.service.js';

/** The server for search engines, feed readers and browsers that keep it on a home screen; its rules; its API. */
@Controller()
@UseFilters(PageFilter)
export class SiteController {
  constructor(
    private readonly pages: PagesService,
    private readonly files: SiteFiles,
  ) {}

  @Get('/robots.txt')
  robots(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendDocument(request, reply, 'text/plain; charset=utf-8', this.files.robots());
  }

  @Get('/sitemap.xml')
  async sitemap(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    sendDocument(request, reply, 'application/xml; charset=utf-8', await this.files.sitemap());
  }

  /** Feed readers and others who read no page ask for it there; what it is, its type tells. */
  @Get('/favicon.ico')
  icon(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendAsset(request, reply, this.files.icon(), 'minutes');
  }

  @Get('/manifest.webmanifest')
  manifest(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const manifest = this.files.manifest(languageOf(request));
    sendDocument(request, reply, 'application/manifest+json; charset=utf-8', manifest);
  }

  @Get('/r/:room/feed.atom')
  async feed(
    @Param() params: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { room } = parseInput(roomParams, params, 'room_not_found');
    const feed = await this.pages.feed(languageOf(request), room);
    sendDocument(request, reply, 'application/atom+xml; charset=utf-8', feed);
  }

  /** A room may have this token: its community URL leads to it, as that of any other room. */
  @Get('/rules')
  rules(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const page = this.pages.rules(languageOf(request));
    if (!page || request.url.includes('public_key=')) redirectToRoom(request, reply, 'rules');
    else sendPage(request, reply, page);
  }

  @Get('/docs')
  async docs(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (request.headers.accept?.includes('text/html')) {
      sendPage(request, reply, await this.pages.docs(languageOf(request)));
    } else {
      void reply.header('vary', PAGE_VARIES).header('content-type', 'application/json');
      void reply.send(this.pages.openApi());
    }
  }
}
