import { Module } from '@nestjs/common';
import { Eraser } from './eraser.service.js';
import { Publication } from './publication.service.js';

/** How messages change their state, deletion included. */
@Module({
  providers: [Eraser, Publication],
  exports: [Eraser, Publication],
})
export class PublicationModule {}
