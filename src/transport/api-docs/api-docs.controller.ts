import { Controller, Get, Header, NotFoundException } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Dispatcher } from '../dispatch/dispatcher.service.js';
import { VERSION } from '../../foundation/version.js';
import { openApiDocument } from './openapi.js';

/** The API reference, for people who write clients and bots; API_DOCS turns it off. */
@Controller()
export class ApiDocsController {
  private document: string | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly dispatcher: Dispatcher,
  ) {}

  @Get('/docs')
  @Header('content-type', 'application/json')
  openApi(): string {
    const { apiDocs, publicUrl } = this.settings;
    if (!apiDocs) throw new NotFoundException('The API reference is turned off');
    this.document ??= JSON.stringify(
      openApiDocument(this.dispatcher.endpoints(), { publicUrl, version: VERSION }),
    );
    return this.document;
  }
}
