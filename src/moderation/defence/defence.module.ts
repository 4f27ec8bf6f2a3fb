import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { Expectations } from './expectations.service.js';
import { Defence } from './defence.service.js';
import { NewcomerReactions } from './newcomer-reactions.service.js';
import { StaffNames } from './staff-names.service.js';

/** The defence against raids, as far as it judges posts and reactions. */
@Module({
  imports: [AccessModule],
  providers: [Defence, Expectations, NewcomerReactions, StaffNames],
  exports: [Defence, Expectations, NewcomerReactions],
})
export class DefenceModule {}
