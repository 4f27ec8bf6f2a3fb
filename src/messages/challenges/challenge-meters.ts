import { Injectable } from '@nestjs/common';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';

/** Things that happen to challenges. */
export type ChallengeOutcome = 'asked' | 'right' | 'wrong' | 'published';

/** Counts questions, answers, and people whose posts were published for an answer. */
@Injectable()
export class ChallengeMeters {
  private readonly outcomes: LabelledValues;

  constructor(meters: Meters) {
    this.outcomes = meters.counter({
      name: 'plaza_challenges_total',
      help: 'Questions to people whose posts are held, right and wrong answers, and people published for them.',
      labels: ['outcome'],
    });
  }

  count(outcome: ChallengeOutcome, by = 1): void {
    this.outcomes.cell(outcome).value += by;
  }
}
