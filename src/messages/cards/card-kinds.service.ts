import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type Eventual } from '../../foundation/eventual.js';
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
 * Does the last or only part of an effect in the transaction that notes that it is done: it is done once. The transaction
 * holds no lock of a room or a person before.
 * @param work returns a sentence for staff that says what was done; it is not called when another process has finished
 */
export type FinishEffect = (work: (tx: Transaction) => Eventual<string>) => Promise<void>;

/** The effect of an answer. */
export interface CardEffect<Argument> {
  /**
   * Carries it out, and calls `finish` last. When its process is killed before that, another one calls it again, so what it
   * does earlier goes on from where it was, and may run beside itself.
   * @throws ProtocolError which is told to staff
   */
  act(answer: CardAnswer<Argument>, finish: FinishEffect): Promise<void>;
}

/** A kind of cards. */
export interface CardKind<Argument> extends CardEffect<Argument> {
  /** One to four, unless each card has its own. */
  buttons?: readonly Button[];
  /**
   * The name of one in a digest, such as `held post`, for a kind whose cards wait for their turn: at most one is shown in
   * some seconds.
   */
  paced?: string;
}

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
