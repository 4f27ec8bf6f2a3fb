import { Module } from '@nestjs/common';
import { FilesModule } from '../../files/files.module.js';
import { PublicationModule } from '../../messages/publication/publication.module.js';
import { AccessModule } from '../access/access.module.js';
import { FileExaminer } from './file-examiner.service.js';
import { ForbiddenFiles } from './forbidden-files.service.js';
import { PictureWatch } from './picture-watch.service.js';

/** Files that nobody may upload again. */
@Module({
  imports: [AccessModule, FilesModule, PublicationModule],
  providers: [FileExaminer, ForbiddenFiles, PictureWatch],
  exports: [ForbiddenFiles, PictureWatch],
})
export class ForbiddenModule {}
