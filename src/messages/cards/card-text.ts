import { type Button } from '../../records/cards/card.js';
import { folded } from '../writing/possible-answer.js';

/** Android folds more than five reactions, and iOS shows about four. */
const MOST_BUTTONS = 4;

/** @throws Error unless clients can show all of these as reactions */
export function checkButtons(buttons: readonly Button[]): void {
  const areShown = buttons.every(({ reaction }) => /^.$/u.test(reaction));
  if (buttons.length === 0 || buttons.length > MOST_BUTTONS || !areShown) {
    throw new Error('A card has one to four buttons, each a single code point');
  }
}

/**
 * The text of a card: the question, its buttons with their words, and the people whom it mentions.
 * @param onDuty Session IDs
 */
export function cardText(text: string, buttons: readonly Button[], onDuty: readonly string[]): string {
  const named = buttons.map(({ reaction, words }) => `${reaction} ${words[0]}`).join(' · ');
  const mentions = onDuty.map((sessionId) => `@${sessionId}`).join(' ');
  return [text, `${named}\nTap one, or reply to this with its word.`, mentions].filter(Boolean).join('\n\n');
}

/**
 * The text that tells all of the staff what was done.
 * @param by Session ID; clients show the name in place of such a mention
 */
export function resultText(result: string, answer: string, by: string): string {
  return `${result}\n${answer} by @${by}`;
}

/** The button that somebody means who reacts with this or writes it. */
export function chosen(buttons: readonly Button[], answer: string): Button | undefined {
  const said = folded(answer);
  if (said === '') return undefined;
  return buttons.find(({ reaction, words }) => [reaction, ...words].some((name) => folded(name) === said));
}
