import { Module } from '@nestjs/common';
import { InboxModule } from '../../inbox/inbox.module.js';
import { MessagesModule } from '../../messages/messages.module.js';
import { AccessModule } from '../access/access.module.js';
import { RaidCards } from './raid-cards.service.js';
import { RaidService } from './raid.service.js';
import { RaidStates } from './raid-states.service.js';

/** Raids on rooms, as staff deals with them. */
@Module({
  imports: [AccessModule, InboxModule, MessagesModule],
  providers: [RaidStates, RaidService, RaidCards],
  exports: [RaidStates, RaidService],
})
export class RaidModule {}
