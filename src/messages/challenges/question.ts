import { randomInt } from 'node:crypto';
import { type ChallengeQuestion } from '../../records/defence/challenge.js';
import { type RoomSettings } from '../../records/rooms/room-settings.js';
import { folded } from '../writing/possible-answer.js';
import { HELD_MESSAGE_TEXTS } from './texts/index.js';
import { PICTURES } from './texts/texts.js';

/** Pictures of a card: Android folds more than five reactions, and iOS shows about four. */
const PICTURES_SHOWN = 4;

/**
 * A new question of a level, in a room's language. The room's own questions stand in for those of the server.
 * @param before the question that it must differ from, if there are others
 */
export function newQuestion(
  level: 1 | 2,
  { language, questions }: Pick<RoomSettings, 'language' | 'questions'>,
  before: ChallengeQuestion | null,
): ChallengeQuestion {
  const texts = HELD_MESSAGE_TEXTS[language];
  if (level === 1) {
    const pictures = shuffled(PICTURES)
      .slice(0, PICTURES_SHOWN)
      .map((picture) => ({ picture, name: texts.pictures[picture] }));
    return { kind: 'pictures', pictures, right: randomOneOf(pictures).picture };
  }
  const all = questions.length > 0 ? questions : texts.questions;
  const others = all.filter(({ text }) => before?.kind !== 'words' || text !== before.text);
  return { kind: 'words', ...randomOneOf(others.length > 0 ? others : all) };
}

/** The text of a card, without the words that begin every whisper. */
export function questionText(
  question: ChallengeQuestion,
  language: RoomSettings['language'],
  isAgain: boolean,
): string {
  const texts = HELD_MESSAGE_TEXTS[language];
  const asked = question.kind === 'pictures' ? texts.tap(rightName(question)) : texts.ask(question.text);
  return isAgain ? `${texts.again} ${asked}` : asked;
}

/** The reactions of a card. */
export function buttonsOf(question: ChallengeQuestion): string[] {
  return question.kind === 'pictures' ? question.pictures.map(({ picture }) => picture) : [];
}

/**
 * Judges a reaction to a card.
 * @returns undefined when it is none of the card's own
 */
export function judgeTap(question: ChallengeQuestion, reaction: string): boolean | undefined {
  if (question.kind !== 'pictures') return undefined;
  const tapped = folded(reaction);
  const own = question.pictures.find(({ picture }) => folded(picture) === tapped);
  return own === undefined ? undefined : own.picture === question.right;
}

/**
 * Judges a text by the author of a held post.
 * @param isReply whether it answers the card; it is an answer then whatever it says
 * @returns undefined when it is no answer
 */
export function judgeText(question: ChallengeQuestion, text: string, isReply: boolean): boolean | undefined {
  const said = folded(text);
  const isRight = rightTexts(question).some((right) => folded(right) === said);
  if (isRight || isReply) return isRight;
  if (question.kind === 'words') return undefined;
  const isOption = question.pictures.some(
    ({ picture, name }) => folded(picture) === said || folded(name) === said,
  );
  return isOption ? false : undefined;
}

function rightTexts(question: ChallengeQuestion): readonly string[] {
  return question.kind === 'words' ? question.answers : [question.right, rightName(question)];
}

function rightName({ pictures, right }: Extract<ChallengeQuestion, { kind: 'pictures' }>): string {
  return pictures.find(({ picture }) => picture === right)?.name ?? right;
}

function shuffled<Value>(values: readonly Value[]): Value[] {
  const left = [...values];
  return values.flatMap(() => left.splice(randomInt(left.length), 1));
}

function randomOneOf<Value>(values: readonly Value[]): Value {
  const value = values[randomInt(values.length)];
  if (value === undefined) throw new Error('There is nothing to choose from');
  return value;
}
