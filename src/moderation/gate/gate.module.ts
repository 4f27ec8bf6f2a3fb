import { Module } from '@nestjs/common';
import { RulesModule } from '../rules/rules.module.js';
import { Gates } from './gates.service.js';

/** The gates that drafts of people pass before anybody sees them. */
@Module({ imports: [RulesModule], providers: [Gates], exports: [Gates] })
export class GateModule {}
