import * as z from 'zod';
import { questionSchema } from './room-question.js';

/**
 * The states of a challenge, values of the column `challenges.state`.
 *
 * - `explained`: there is no question, because only a moderator can decide. The author has been told why.
 * - `asked`: a card asks a question.
 * - `wrong`: the last answer was wrong. Another question comes when it is due.
 * - `solved`: the answer was right. The held posts are published when others leave room for them.
 * - `published`: they have been. Posts that are held later get another challenge.
 * - `failed`: a moderator decides, because too many answers were wrong, or the answer was right in a room full of strangers.
 */
export const CHALLENGE_STATES = ['explained', 'asked', 'wrong', 'solved', 'published', 'failed'] as const;

export type ChallengeState = (typeof CHALLENGE_STATES)[number];

const pictureQuestionSchema = z.object({
  kind: z.literal('pictures'),
  pictures: z.array(z.object({ picture: z.string(), name: z.string() })).readonly(),
  right: z.string(),
});

/** A question as a challenge has it. */
export const challengeQuestionSchema = z.discriminatedUnion('kind', [
  pictureQuestionSchema,
  z.object({ kind: z.literal('words'), ...questionSchema.shape }),
]);

/** A question that is answered by tapping one of several pictures, or by writing its name. */
export type PictureQuestion = z.output<typeof pictureQuestionSchema>;

/** A question in pictures or in words. */
export type ChallengeQuestion = z.output<typeof challengeQuestionSchema>;

/** Somebody's challenge in a room; see `ChallengeEntity`. Times in unix seconds. */
export interface Challenge {
  userId: number;
  sessionId: string;
  state: ChallengeState;
  level: 1 | 2;
  question: ChallengeQuestion | null;
  /** Id of the message that asks. */
  cardId: number | null;
  madeAt: number;
  readAt: number | null;
  wrongTries: number;
  dueAt: number;
  /** Whether they have been told why a message waits for a moderator. */
  isExplained: boolean;
}
