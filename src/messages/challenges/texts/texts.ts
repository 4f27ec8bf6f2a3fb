import { type CHALLENGED, type HoldReason } from '../../../records/defence/held.js';
import { type RoomQuestion } from '../../../records/defence/room-question.js';

/** Pictures that a card may show: single code points that old clients know, each with a name of one word. */
export const PICTURES = [
  ...['🐢', '🌵', '🍌', '🐧', '🐘', '🥕', '🍋', '🍒'],
  ...['🍉', '🍇', '🍄', '🦊', '🦉', '🍍', '🐬', '🐊'],
  ...['🦋', '🐌', '🐙', '🌷', '🌻', '🥑', '🍅', '🐸'],
] as const;

export type ChallengePicture = (typeof PICTURES)[number];

/** The reasons that no challenge helps with, and of which nobody has told the author at once. */
export type ExplainedReason = Exclude<HoldReason, (typeof CHALLENGED)[number] | 'told' | 'sanction'>;

/** Everything that the server says of held messages, in one language. */
export interface HeldMessageTexts {
  /** Their names, as Unicode's CLDR has them. */
  pictures: Readonly<Record<ChallengePicture, string>>;
  /** Asks to tap a picture or to write its name. */
  tap: (name: string) => string;
  /** Asks a question in words. */
  ask: (question: string) => string;
  questions: readonly RoomQuestion[];
  /** Comes before another question when the last answer was wrong. */
  again: string;
  /** There will be no other question. */
  failed: string;
  /** The answer was right, and others go first. */
  waiting: string;
  /** The answer was right, and a moderator decides, because too many strangers write. */
  crowded: string;
  /** The answer was right, and the message too old. */
  tooLate: string;
  /** Why a message is held. */
  why: Readonly<Record<ExplainedReason, string>>;
  /** Comes after that. */
  lookedAt: string;
}
