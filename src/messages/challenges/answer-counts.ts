import { FLOOD } from '../../moderation/defence/budgets.js';
import { within } from '../../moderation/defence/windows.js';
import { type RoomDefence } from '../../records/defence/room-defence.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** People who may be published for their answers, and the seconds that this counts over. */
interface SolverWindow {
  seconds: number;
  most: number;
}

const A_DAY: SolverWindow = { seconds: DAY, most: 160 };

const A_BURST: SolverWindow = { seconds: 10 * MINUTE, most: 10 };
/** By the level of their question. The answers that level 1 lets through in a day count for level 2, too. */
const SOLVED: Readonly<Record<1 | 2, readonly SolverWindow[]>> = {
  1: [{ seconds: MINUTE, most: 10 }, A_BURST, { seconds: HOUR, most: 60 }, A_DAY],
  2: [A_DAY],
};
/** Level 2 lets so many through in the time of a burst, beside those of level 1. */
const BESIDE = 20;

/** Guessing hits one of four: from so many wrong answers within an hour, and such a share, pictures do not help. */
const GUESSED = { seconds: HOUR, wrong: 6, share: 0.4 };
/** Answers kept of each kind: their share is what counts, and a raid gives thousands. */
const ANSWERS_KEPT = 1_000;

type AnswerCounts = Pick<RoomDefence, 'rightAnswers' | 'wrongAnswers' | 'solved'>;

/** How many more people may be published now for an answer to a question of this level. */
export function roomForSolvers(
  answers: Omit<AnswerCounts, 'wrongAnswers'>,
  level: 1 | 2,
  now: number,
): number {
  const windows = level === 1 ? SOLVED[1] : [...SOLVED[2], burstOf(answers, now)];
  const left = windows.map(({ seconds, most }) => most - within(answers.solved, seconds, now).length);
  return Math.max(0, Math.min(...left));
}

/** The burst of both levels. Right answers of level 1 tell how many of it can have been published. */
function burstOf({ rightAnswers }: Pick<AnswerCounts, 'rightAnswers'>, now: number): SolverWindow {
  const { seconds, most } = A_BURST;
  return { seconds, most: BESIDE + Math.min(most, within(rightAnswers, seconds, now).length) };
}

/** Whether so many answer wrongly that those who tap the right picture may have guessed. */
export function areGuessing(
  answers: Pick<AnswerCounts, 'rightAnswers' | 'wrongAnswers'>,
  now: number,
): boolean {
  const wrong = within(answers.wrongAnswers, GUESSED.seconds, now).length;
  const right = within(answers.rightAnswers, GUESSED.seconds, now).length;
  return wrong >= GUESSED.wrong && wrong > GUESSED.share * (wrong + right);
}

/** The level of the next question. */
export function nextLevel(answers: AnswerCounts, now: number): 1 | 2 {
  return areGuessing(answers, now) || roomForSolvers(answers, 1, now) === 0 ? 2 : 1;
}

/** The counts after an answer to a question of level 1. */
export function withAnswer<Counts extends AnswerCounts>(
  counts: Counts,
  isRight: boolean,
  now: number,
): Counts {
  const name = isRight ? 'rightAnswers' : 'wrongAnswers';
  const kept = within(counts[name], GUESSED.seconds, now).slice(1 - ANSWERS_KEPT);
  return { ...counts, [name]: [...kept, Math.ceil(now)] };
}

/** The counts after so many people were published for their answers. */
export function withSolved<Counts extends AnswerCounts>(counts: Counts, people: number, now: number): Counts {
  const times = Array.from({ length: people }, () => Math.ceil(now));
  return { ...counts, solved: [...within(counts.solved, DAY, now), ...times] };
}

/** Whether so many strangers come that nobody is published who waits. */
export function isFlooded({ attempts }: Pick<RoomDefence, 'attempts'>, now: number): boolean {
  return within(attempts, FLOOD.seconds, now).length >= FLOOD.attempts;
}
