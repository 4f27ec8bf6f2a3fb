import { Module } from '@nestjs/common';
import { AccessModule } from '../../moderation/access/access.module.js';
import { PublicationModule } from '../publication/publication.module.js';
import { WritingModule } from '../writing/writing.module.js';
import { Answers } from './answers.service.js';
import { Asking } from './asking.service.js';
import { Attendance } from './attendance.service.js';
import { ChallengeJobs } from './challenge-jobs.service.js';
import { ChallengeMeters } from './challenge-meters.js';
import { Solving } from './solving.service.js';

/** Questions to people whose posts are held, and what comes of their answers. */
@Module({
  imports: [AccessModule, PublicationModule, WritingModule],
  providers: [ChallengeMeters, Asking, Solving, Attendance, Answers, ChallengeJobs],
  exports: [Attendance, Answers, ChallengeJobs],
})
export class ChallengesModule {}
