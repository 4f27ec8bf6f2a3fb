import { Module } from '@nestjs/common';
import { AccessModule } from '../../moderation/access/access.module.js';
import { PublicationModule } from '../publication/publication.module.js';
import { WritingModule } from '../writing/writing.module.js';
import { ChallengeAnswers } from './challenge-answers.service.js';
import { ChallengeAsking } from './challenge-asking.service.js';
import { ChallengeAttendance } from './challenge-attendance.service.js';
import { ChallengeJobs } from './challenge-jobs.service.js';
import { ChallengeMeters } from './challenge-meters.js';
import { ChallengeSolving } from './challenge-solving.service.js';

/** Questions to people whose posts are held, and what comes of their answers. */
@Module({
  imports: [AccessModule, PublicationModule, WritingModule],
  providers: [
    ChallengeMeters,
    ChallengeAsking,
    ChallengeSolving,
    ChallengeAttendance,
    ChallengeAnswers,
    ChallengeJobs,
  ],
  exports: [ChallengeAttendance, ChallengeAnswers, ChallengeJobs],
})
export class ChallengesModule {}
