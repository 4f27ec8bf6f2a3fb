import { Module } from '@nestjs/common';
import { FileStorageModule } from '../files/storage/file-storage.module.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.service.js';

/** Liveness and readiness. */
@Module({ imports: [FileStorageModule], controllers: [HealthController], providers: [Readiness] })
export class HealthModule {}
