import { Module } from '@nestjs/common';
import { FilesModule } from '../../files/files.module.js';
import { PublicationModule } from '../../messages/publication/publication.module.js';
import { ModerationModule } from '../../moderation/moderation.module.js';
import { BanListService } from './ban-list.service.js';
import { PersonService } from './person.service.js';

/** Services for the operator about single people. */
@Module({
  imports: [FilesModule, ModerationModule, PublicationModule],
  providers: [PersonService, BanListService],
  exports: [PersonService, BanListService],
})
export class PersonModule {}
