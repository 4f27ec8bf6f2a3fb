import { Controller, Get, Header } from '@nestjs/common';
import { ApiDocs } from './api-docs.service.js';

/** The API reference for programs; the page for people is `web`'s. */
@Controller()
export class ApiDocsController {
  constructor(private readonly docs: ApiDocs) {}

  @Get('/docs.json')
  @Header('content-type', 'application/json')
  openApi(): string {
    return this.docs.json();
  }
}
