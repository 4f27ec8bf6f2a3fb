import { Module } from '@nestjs/common';
import { AccessModule } from '../../moderation/access/access.module.js';
import { DefenceModule } from '../../moderation/defence/defence.module.js';
import { PublicationModule } from '../publication/publication.module.js';
import { WritingModule } from '../writing/writing.module.js';
import { CardAnswers } from './card-answers.service.js';
import { CardEffects } from './card-effects.service.js';
import { CardJobs } from './card-jobs.service.js';
import { CardKinds } from './card-kinds.service.js';
import { CardTurns } from './card-turns.service.js';
import { Cards } from './cards.service.js';
import { Choices } from './choices.service.js';
import { DutyService } from './duty.service.js';

/** Questions of the server to staff, and what comes of their answers. */
@Module({
  imports: [AccessModule, DefenceModule, PublicationModule, WritingModule],
  providers: [CardKinds, DutyService, Cards, CardEffects, CardTurns, CardAnswers, CardJobs, Choices],
  exports: [CardKinds, DutyService, Cards, CardTurns, CardAnswers, CardJobs, Choices],
})
export class CardsModule {}
