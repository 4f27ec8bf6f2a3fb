import { Module } from '@nestjs/common';
import { Gates } from './gates.service.js';

/** What people want to say and do passes here before anybody sees it. */
@Module({ providers: [Gates], exports: [Gates] })
export class GateModule {}
