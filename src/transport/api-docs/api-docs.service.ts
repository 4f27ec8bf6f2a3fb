import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { Dispatcher } from '../dispatch/dispatcher.service.js';
import { VERSION } from '../../foundation/version.js';
import { openApiDocument } from './openapi.js';

/** The API reference, for people who write clients and bots; API_DOCS turns it off. */
@Injectable()
export class ApiDocs {
  private text: string | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly dispatcher: Dispatcher,
  ) {}

  /**
   * The OpenAPI document as JSON text.
   * @throws ProtocolError `endpoint_not_found` where it is turned off
   */
  json(): string {
    const { apiDocs, publicUrl } = this.settings;
    if (!apiDocs) throw new ProtocolError('endpoint_not_found', 'the API reference is turned off');
    this.text ??= JSON.stringify(
      openApiDocument(this.dispatcher.endpoints(), { publicUrl, version: VERSION }),
    );
    return this.text;
  }
}
