import { Module } from '@nestjs/common';
import { DispatchModule } from '../dispatch/dispatch.module.js';
import { ApiDocsController } from './api-docs.controller.js';

/** `GET /docs`: the OpenAPI document. */
@Module({ imports: [DispatchModule], controllers: [ApiDocsController] })
export class ApiDocsModule {}
