import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { ModerationModule } from '../moderation.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { RulesModule } from '../rules/rules.module.js';
import { DryRun } from './dry-run.service.js';
import { Rulebook } from './rulebook.service.js';
import { Sanctions } from './sanctions.service.js';

/** Rules of staff for what people say, made and changed. */
@Module({
  imports: [AccessModule, ModerationModule, QueueModule, RulesModule],
  providers: [Rulebook, Sanctions, DryRun],
  exports: [Rulebook, Sanctions, DryRun],
})
export class RulebookModule {}
