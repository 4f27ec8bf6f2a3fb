import { Module } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { AuditLog } from './audit-log.service.js';
import { BansService } from './bans.service.js';
import { DueChangesService } from './due-changes.service.js';
import { MarksService } from './marks.service.js';
import { NotesService } from './notes.service.js';
import { PermissionsController } from './permissions.controller.js';
import { PermissionsService } from './permissions.service.js';
import { RolesService } from './roles.service.js';
import { StandingController } from './standing.controller.js';
import { StandingGate } from './standing-gate.service.js';
import { UserReportService } from './user-report.service.js';

/** Roles, bans and permissions, given and taken. */
@Module({
  imports: [AccessModule],
  controllers: [StandingController, PermissionsController],
  providers: [
    StandingGate,
    RolesService,
    BansService,
    MarksService,
    NotesService,
    PermissionsService,
    DueChangesService,
    UserReportService,
    AuditLog,
  ],
  exports: [
    AccessModule,
    RolesService,
    BansService,
    MarksService,
    NotesService,
    PermissionsService,
    DueChangesService,
    UserReportService,
    AuditLog,
  ],
})
export class ModerationModule {}
