import { Module } from '@nestjs/common';
import { Expectations } from './expectations.service.js';
import { Defence } from './defence.service.js';
import { StaffNames } from './staff-names.service.js';

/** The defence against raids, as far as it judges posts. */
@Module({ providers: [Defence, Expectations, StaffNames], exports: [Defence, Expectations] })
export class DefenceModule {}
