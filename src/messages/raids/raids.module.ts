import { Module } from '@nestjs/common';
import { DefenceModule } from '../../moderation/defence/defence.module.js';
import { CardsModule } from '../cards/cards.module.js';
import { PublicationModule } from '../publication/publication.module.js';
import { RoomWatch } from './room-watch.service.js';

/** Work on rooms that are raided. */
@Module({
  imports: [CardsModule, DefenceModule, PublicationModule],
  providers: [RoomWatch],
  exports: [RoomWatch],
})
export class RaidsModule {}
