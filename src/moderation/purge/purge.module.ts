import { Module } from '@nestjs/common';
import { MessagesModule } from '../../messages/messages.module.js';
import { AccessModule } from '../access/access.module.js';
import { PurgeService } from './purge.service.js';

/** Taking back many messages of newcomers at once. */
@Module({ imports: [AccessModule, MessagesModule], providers: [PurgeService], exports: [PurgeService] })
export class PurgeModule {}
