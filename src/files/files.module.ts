import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { DispatchModule } from '../dispatch/dispatch.module.js';
import { AccessModule } from '../moderation/access.module.js';
import { FileRecordsModule } from './file-records.module.js';
import { FilesController } from './files.controller.js';
import { FilesService } from './files.service.js';
import { FileStorageModule } from './storage/file-storage.module.js';
import { UploadEdge } from './upload-edge.service.js';
import { UploadQuotas } from './upload-quotas.service.js';

/** Uploads and downloads. */
@Module({
  imports: [AuthModule, DispatchModule, AccessModule, FileRecordsModule, FileStorageModule],
  controllers: [FilesController],
  providers: [FilesService, UploadEdge, UploadQuotas],
  exports: [FilesService],
})
export class FilesModule {}
