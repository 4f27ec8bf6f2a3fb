import { Module } from '@nestjs/common';
import { RuleCache } from './rule-cache.service.js';
import { SanctionBell } from './sanction-bell.js';
import { RuleHitCounter } from './rule-hit-counter.service.js';

/** Rules of staff for what people say, as far as they judge it. */
@Module({
  providers: [RuleCache, RuleHitCounter, SanctionBell],
  exports: [RuleCache, RuleHitCounter, SanctionBell],
})
export class RulesModule {}
