import { Module } from '@nestjs/common';
import { AccessModule } from '../../moderation/access/access.module.js';
import { DefenceModule } from '../../moderation/defence/defence.module.js';
import { GateModule } from '../../moderation/gate/gate.module.js';
import { CardsModule } from '../cards/cards.module.js';
import { ChallengesModule } from '../challenges/challenges.module.js';
import { WritingModule } from '../writing/writing.module.js';
import { ReactionsController } from './reactions.controller.js';
import { ReactionsService } from './reactions.service.js';

/** Reactions to messages. */
@Module({
  imports: [AccessModule, CardsModule, ChallengesModule, DefenceModule, GateModule, WritingModule],
  controllers: [ReactionsController],
  providers: [ReactionsService],
})
export class ReactionsModule {}
