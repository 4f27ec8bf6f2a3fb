import { FilesModule } from '../../files/files.module.js';
import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.service.js';

/** Liveness and readiness. */
@Module({ imports: [FilesModule], controllers: [HealthController], providers: [Readiness] })
export class HealthModule {}
