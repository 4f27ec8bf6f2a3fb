import { Module } from '@nestjs/common';
import { CapabilitiesController } from './capabilities.controller.js';

/** `GET /capabilities`. */
@Module({ controllers: [CapabilitiesController] })
export class CapabilitiesModule {}
