import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { bytesOf } from '../dispatch/http-body.js';
import { ONION_PATHS } from '../dispatch/inner-request.js';
import { OnionService } from './onion.service.js';

/** Where service nodes deliver onion requests. The only endpoints of the protocol that do not go through dispatch. */
@Controller()
export class OnionController {
  constructor(private readonly onion: OnionService) {}

  @Post(ONION_PATHS.v4)
  @HttpCode(200)
  @Header('content-type', 'application/octet-stream')
  v4(@Body() body: unknown): Promise<Buffer> {
    return this.onion.answerV4(bytesOf(body));
  }

  @Post([ONION_PATHS.v3, ONION_PATHS.oldV3])
  @HttpCode(200)
  @Header('content-type', 'text/plain; charset=utf-8')
  v3(@Body() body: unknown): Promise<string> {
    return this.onion.answerV3(bytesOf(body));
  }
}
