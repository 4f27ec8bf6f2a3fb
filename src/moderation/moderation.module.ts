import { Module } from '@nestjs/common';
import { AccessModule } from './access.module.js';
import { OverridesRepository } from './overrides.repository.js';
import { RolesService } from './roles.service.js';
import { StandingGate } from './standing-gate.service.js';

/** Roles, bans and permissions, given and taken. */
@Module({
  imports: [AccessModule],
  providers: [OverridesRepository, StandingGate, RolesService],
  exports: [AccessModule, RolesService],
})
export class ModerationModule {}
