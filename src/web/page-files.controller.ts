import { Controller, Get, Param, Req, Res, UseFilters } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { parseInput } from '../protocol/requests/inputs.js';
import { sendAsset, sendFile, sendMedia } from './answer.js';
import { AssetsService } from './assets.service.js';
import { RoomInvitations } from './room-invitations.service.js';
import { MediaService } from './media.service.js';
import { PageFilter } from './page.filter.js';
import { PicturesService } from './pictures.service.js';
import { roomParams } from '../protocol/requests/path.schemas.js';
import { fileOnPageParams } from './web.dto.js';

/** The files that pages refer to: style and script, QR codes, pictures. */
@Controller()
@UseFilters(PageFilter)
export class PageFilesController {
  constructor(
    private readonly assets: AssetsService,
    private readonly invitations: RoomInvitations,
    private readonly pictures: PicturesService,
    private readonly media: MediaService,
  ) {}

  @Get('/assets/:name')
  asset(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendAsset(request, reply, this.assets.find(name));
  }

  @Get('/r/:room/invite.svg')
  async svg(@Param() params: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { room } = parseInput(roomParams, params, 'room_not_found');
    sendFile(reply, { type: 'image/svg+xml', bytes: await this.invitations.svg(room) }, 'minutes');
  }

  @Get('/r/:room/invite.png')
  async png(@Param() params: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { room } = parseInput(roomParams, params, 'room_not_found');
    sendFile(reply, { type: 'image/png', bytes: await this.invitations.png(room) }, 'minutes');
  }

  @Get('/r/:room/picture/:file')
  async picture(@Param() params: unknown, @Res() reply: FastifyReply): Promise<void> {
    const { room, file } = parseInput(fileOnPageParams, params, 'file_not_found');
    sendFile(reply, await this.pictures.find(room, file), 'minutes');
  }

  @Get('/r/:room/media/:file')
  async recording(
    @Param() params: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { room, file } = parseInput(fileOnPageParams, params, 'file_not_found');
    sendMedia(reply, await this.media.find(room, file, request.headers.range));
  }
}
