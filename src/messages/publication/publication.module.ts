import { Module } from '@nestjs/common';
import { FilesModule } from '../../files/files.module.js';
import { Eraser } from './eraser.service.js';
import { FileEraser } from './file-eraser.service.js';
import { Publication } from './publication.service.js';

/** How messages change their state, deletion included. */
@Module({
  imports: [FilesModule],
  providers: [Eraser, FileEraser, Publication],
  exports: [Eraser, FileEraser, Publication],
})
export class PublicationModule {}
