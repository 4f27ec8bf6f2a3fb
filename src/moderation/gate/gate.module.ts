import { Module } from '@nestjs/common';
import { Gates } from './gates.service.js';

/** The gates that drafts of people pass before anybody sees them. */
@Module({ providers: [Gates], exports: [Gates] })
export class GateModule {}
