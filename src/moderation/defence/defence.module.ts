import { Module } from '@nestjs/common';
import { Expectations } from './expectations.service.js';
import { Defence } from './defence.service.js';
import { NewcomerReactions } from './newcomer-reactions.service.js';
import { StaffNames } from './staff-names.service.js';

/** The defence against raids, as far as it judges posts and reactions. */
@Module({
  providers: [Defence, Expectations, NewcomerReactions, StaffNames],
  exports: [Defence, Expectations, NewcomerReactions],
})
export class DefenceModule {}
