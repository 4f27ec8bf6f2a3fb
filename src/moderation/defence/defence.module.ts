import { Module } from '@nestjs/common';
import { Defence } from './defence.service.js';

/** The defence against raids, as far as it judges posts. */
@Module({ providers: [Defence], exports: [Defence] })
export class DefenceModule {}
