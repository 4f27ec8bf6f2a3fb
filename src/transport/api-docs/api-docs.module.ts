import { Module } from '@nestjs/common';
import { DispatchModule } from '../dispatch/dispatch.module.js';
import { ApiDocsController } from './api-docs.controller.js';
import { ApiDocs } from './api-docs.service.js';

/** `GET /docs.json`: the OpenAPI document. */
@Module({
  imports: [DispatchModule],
  controllers: [ApiDocsController],
  providers: [ApiDocs],
  exports: [ApiDocs],
})
export class ApiDocsModule {}
