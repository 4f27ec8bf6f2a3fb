import { Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { ModerationModule } from '../moderation.module.js';
import { ForbiddenModule } from '../forbidden/forbidden.module.js';
import { QueueModule } from '../queue/queue.module.js';
import { AlikeCards } from './alike-cards.service.js';
import { HeldCards } from './held-cards.service.js';

/** Cards about things that only a moderator can decide. */
@Module({
  imports: [MessagesModule, ForbiddenModule, ModerationModule, QueueModule],
  providers: [HeldCards, AlikeCards],
  exports: [HeldCards, AlikeCards],
})
export class StaffCardsModule {}
