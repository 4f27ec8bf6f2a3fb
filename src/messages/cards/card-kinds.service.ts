import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type Button } from '../../records/cards/card.js';
import { type User } from '../../records/users/user.js';

/** The first valid answer to a card. */
export interface CardAnswer<Argument> {
  /** Id of the card. */
  card: number;
  /** Room token. */
  room: string;
  argument: Argument;
  /** The button that was chosen, as the card had it. */
  button: Button;
  /** The moderator who chose it, as they are now: they may have lost their role since. */
  actor: User;
}

/**
 * The effect of an answer; it returns a sentence for staff that says what was done. A ProtocolError that it throws is told
 * in place of that.
 */
export type CardEffect<Argument> =
  | {
      /**
       * Carries it out in one transaction, which commits it together with the note that it is done. The transaction holds
       * no lock of a room or a person before.
       */
      act(tx: Transaction, answer: CardAnswer<Argument>): Promise<string>;
    }
  | {
      /**
       * Carries it out in transactions of its own. When its process is killed, another one calls it again, so it goes on
       * from where it was, and it may run beside itself.
       */
      actInParts(answer: CardAnswer<Argument>): Promise<string>;
    };

/** A kind of cards. */
export type CardKind<Argument> = CardEffect<Argument> & {
  /** One to four, unless each card has its own. */
  buttons?: readonly Button[];
  /**
   * The name of one in a digest, such as `held post`, for a kind whose cards wait for their turn: at most one is shown in
   * some seconds.
   */
  paced?: string;
};

/** The kinds of cards that there are. Modules above register theirs when the server starts. */
@Injectable()
export class CardKinds {
  private readonly kinds = new Map<string, CardKind<object>>();

  /**
   * @param name of the kind, which is stored with each card: it stays as it is
   * @throws Error when there is one already
   */
  register<Argument extends object>(name: string, kind: CardKind<Argument>): void {
    if (this.kinds.has(name)) throw new Error(`There are cards of the kind ${name} already`);
    this.kinds.set(name, kind);
  }

  /** @returns undefined for a kind that only a newer version of Plaza knows */
  find(name: string): CardKind<object> | undefined {
    return this.kinds.get(name);
  }

  /** Names of the kinds whose cards wait for their turn. */
  paced(): string[] {
    return [...this.kinds].filter(([, { paced }]) => paced !== undefined).map(([name]) => name);
  }
}
