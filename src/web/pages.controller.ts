import { Controller, Get, Param, Query, Req, Res, UseFilters } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { RateLimits } from '../foundation/limits/rate-limits.service.js';
import { parseInput } from '../protocol/requests/inputs.js';
import { sendPage } from './answer.js';
import { languageOf } from './language/accepted-language.js';
import { PageFilter } from './page.filter.js';
import { PagesService } from './pages.service.js';
import { redirectToRoom } from './redirect.js';
import { roomParams } from '../protocol/requests/path.schemas.js';
import { messageOnPageParams, roomPageQuery, searchQuery } from './web.dto.js';

/** Requests that a search counts for, beside the one that it is. */
const SEARCH_COST = 4;

/** Pages for people in a browser. */
@Controller()
@UseFilters(PageFilter)
export class PagesController {
  constructor(
    private readonly pages: PagesService,
    private readonly rates: RateLimits,
  ) {}

  @Get('/')
  async index(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    sendPage(request, reply, await this.pages.index(languageOf(request)));
  }

  @Get('/r/:room')
  async room(
    @Param() params: unknown,
    @Query() query: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { room } = parseInput(roomParams, params, 'room_not_found');
    const { before, after } = parseInput(roomPageQuery, query, 'malformed_request');
    const page = this.pages.room(languageOf(request), room, before, after);
    sendPage(request, reply, await page);
  }

  /** One message with those around it: an address that stays as long as the message does. */
  @Get('/r/:room/m/:message')
  async message(
    @Param() params: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { room, message } = parseInput(messageOnPageParams, params, 'message_not_found');
    sendPage(request, reply, await this.pages.message(languageOf(request), room, message));
  }

  @Get('/r/:room/search')
  async search(
    @Param() params: unknown,
    @Query() query: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { room } = parseInput(roomParams, params, 'room_not_found');
    const { q, before } = parseInput(searchQuery, query, 'malformed_request');
    if (q !== undefined) this.rates.charge(null, request, SEARCH_COST);
    sendPage(request, reply, await this.pages.search(languageOf(request), room, q ?? '', before));
  }

  @Get('/r/:room/live')
  async live(
    @Param() params: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { room } = parseInput(roomParams, params, 'room_not_found');
    sendPage(request, reply, await this.pages.live(languageOf(request), room));
  }

  /**
   * A community URL, which is made for clients, opened in a browser, and the forms in which pysogs published rooms.
   * Routes of the protocol come first. The query, with the public key that clients join by, stays.
   */
  @Get(['/:room', '/view/room/:room'])
  communityUrl(@Param() params: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { room } = parseInput(roomParams, params, 'endpoint_not_found');
    redirectToRoom(request, reply, room);
  }
}
