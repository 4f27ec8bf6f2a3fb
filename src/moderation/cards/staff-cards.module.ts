import { Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { AccessModule } from '../access/access.module.js';
import { ModerationModule } from '../moderation.module.js';
import { ForbiddenModule } from '../forbidden/forbidden.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { AlikeCards } from './alike-cards.service.js';
import { HeldCards } from './held-cards.service.js';
import { HeldEditCards } from './held-edit-cards.service.js';

/** Cards about things that only a moderator can decide. */
@Module({
  imports: [AccessModule, MessagesModule, ForbiddenModule, ModerationModule, QueueModule],
  providers: [HeldCards, HeldEditCards, AlikeCards],
  exports: [HeldCards, HeldEditCards, AlikeCards],
})
export class StaffCardsModule {}
