import { Module } from '@nestjs/common';
import { FilesRepository } from './files.repository.js';

/** Files as messages and rooms need them: claimed, kept and let go. */
@Module({ providers: [FilesRepository], exports: [FilesRepository] })
export class FileRecordsModule {}
