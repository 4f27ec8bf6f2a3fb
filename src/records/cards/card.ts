import * as z from 'zod';

/**
 * The states of a card, values of the column `cards.state`.
 *
 * - `waiting`: moderators do not know of it yet, because the room has had another one a moment ago, or is guarded.
 * - `listed`: a digest counts it, and its button shows it.
 * - `open`: a message shows it.
 * - `answered`: somebody has chosen a button. The message is deleted, and the effect is carried out.
 * - `acted`: it has been. Moderators are told next.
 * - `settled`: they have been told, or nobody has answered in time. The row is there for answers that come too late.
 */
export const CARD_STATES = ['waiting', 'listed', 'open', 'answered', 'acted', 'settled'] as const;

export type CardState = (typeof CARD_STATES)[number];

/** The states of cards that can still be answered, or taken away. */
export const UNANSWERED = ['waiting', 'listed', 'open'] as const satisfies readonly CardState[];

/** A reaction that the server puts on a card. */
export const buttonSchema = z.object({
  /** A single code point. */
  reaction: z.string(),
  /** The words that may be typed in its place; the card shows the first one. */
  words: z.tuple([z.string()], z.string()).readonly(),
});

export type Button = Readonly<z.output<typeof buttonSchema>>;

/** The question of a card, the people whom it asks, and its consequence. */
export interface CardQuestion {
  /** The name under which the effect is registered. */
  kind: string;
  /** The thing that it is about; null when there may be several unanswered cards that say the same. */
  subject: string | null;
  /** JSON. */
  argument: object;
  text: string;
  buttons: readonly Button[];
  /** Whether it is shown only after its room is guarded no longer. */
  isMinor: boolean;
  /** Id of the moderator who alone may see and answer it; null for all of the room. */
  forUserId: number | null;
}

/** A row of `cards`; see `CardEntity`. */
export interface Card extends CardQuestion {
  id: number;
  state: CardState;
  /** Id of the message that shows it, or showed it. */
  messageId: number | null;
  /** The reaction that was chosen. */
  answer: string | null;
  /** Id of the user who chose it. */
  answeredBy: number | null;
  attempts: number;
  result: string | null;
}
