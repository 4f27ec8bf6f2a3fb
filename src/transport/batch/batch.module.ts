import { Module } from '@nestjs/common';
import { DispatchModule } from '../dispatch/dispatch.module.js';
import { BatchController } from './batch.controller.js';
import { BatchService } from './batch.service.js';

/** `POST /batch` and `POST /sequence`. */
@Module({ imports: [DispatchModule], controllers: [BatchController], providers: [BatchService] })
export class BatchModule {}
