import { Module } from '@nestjs/common';
import { ApiDocsModule } from '../transport/api-docs/api-docs.module.js';
import { FilesModule } from '../files/files.module.js';
import { AccessModule } from '../moderation/access/access.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { AssetsService } from './assets.service.js';
import { RoomInvitations } from './room-invitations.service.js';
import { MediaService } from './media.service.js';
import { PageFilesController } from './page-files.controller.js';
import { PagesController } from './pages.controller.js';
import { PagesService } from './pages.service.js';
import { PicturesService } from './pictures.service.js';
import { ShownMedia } from './shown-media.service.js';
import { SiteController } from './site.controller.js';
import { SiteFiles } from './site-files.service.js';
import { SiteService } from './site/site.service.js';
import { RoomContents } from './room-contents.service.js';

/** Pages for people in a browser: the rooms, what is said in them, and how to join. */
@Module({
  imports: [AccessModule, RoomsModule, MessagesModule, FilesModule, ApiDocsModule],
  controllers: [SiteController, PagesController, PageFilesController],
  providers: [
    SiteService,
    SiteFiles,
    AssetsService,
    RoomInvitations,
    ShownMedia,
    PicturesService,
    MediaService,
    RoomContents,
    PagesService,
  ],
})
export class WebModule {}
