import { Module } from '@nestjs/common';
import { DefenceModule } from '../../moderation/defence/defence.module.js';
import { PublicationModule } from '../publication/publication.module.js';
import { WritingModule } from '../writing/writing.module.js';
import { RoomWatch } from './room-watch.service.js';

/** Work on rooms that are raided. */
@Module({
  imports: [DefenceModule, PublicationModule, WritingModule],
  providers: [RoomWatch],
  exports: [RoomWatch],
})
export class RaidsModule {}
