import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { InvitationsService } from './invitations.service.js';

/** Invitations of members to strangers. */
@Module({ imports: [AccessModule], providers: [InvitationsService], exports: [InvitationsService] })
export class InvitationsModule {}
