import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type Button } from '../../records/cards/card.js';
import { type Room } from '../../records/rooms/room.js';
import { type User } from '../../records/users/user.js';
import { type CardAnswer, type CardEffect, CardKinds, type FinishEffect } from './card-kinds.service.js';
import { Cards } from './cards.service.js';

/** Keycaps have several code points, so colours stand for numbers, which may be typed. */
const OPTIONS = ['🔴', '🟡', '🟢', '🔵'] as const;
const YES: Button = { reaction: '✅', words: ['yes', 'ok'] };
const NO: Button = { reaction: '❌', words: ['no', 'cancel'] };
const DECLINED = 'Nothing was done.';

/** The way in which something goes on that has asked. */
interface ContinuedQuestion<Argument extends object> {
  /** The name under which its effect is registered. */
  continuation: string;
  /** JSON for the effect. */
  argument: Argument;
  /** A sentence or more, in English. */
  text: string;
  /** Id of the moderator who is asked alone; all moderators of the room when left out. */
  forUserId?: number;
}

/** Something to choose. */
export interface ChoiceOption {
  /** A word that may be typed for it, such as the first digits of an ID. */
  word: string;
  /** The text that tells it from the others. */
  label: string;
  /** The effect gets it when this is chosen. */
  value: string;
}

/** The answer that an effect goes on with. */
export interface ContinuedAnswer<Argument> {
  /** Room token. */
  room: string;
  /** The moderator who chose or confirmed, as they are now. */
  actor: User;
  argument: Argument;
  /** The value of the option; null for a confirmation. */
  chosen: string | null;
}

/** Carries out what goes on after a choice or a confirmation, as `act` of a {@link CardEffect} does. */
export type ChoiceContinuation<Argument> = (
  answer: ContinuedAnswer<Argument>,
  finish: FinishEffect,
) => Promise<void>;

interface Stored<Argument> {
  argument: Argument;
  /** Values by reaction; none for a confirmation. */
  values?: Readonly<Record<string, string>>;
}

/** Cards that let a moderator choose one of several things, or confirm something large before it is done. */
@Injectable()
export class Choices {
  constructor(
    private readonly kinds: CardKinds,
    private readonly cards: Cards,
  ) {}

  /**
   * Registers what is done after a choice or a confirmation; it is not called for somebody who declines.
   * @param name stored with each card, so it stays as it is
   */
  register<Argument extends object>(name: string, continuation: ChoiceContinuation<Argument>): void {
    for (const form of ['choice', 'confirmation'] as const) {
      this.kinds.register(kindOf(form, name), effectOf(continuation));
    }
  }

  /** Asks which of two to four things is meant, in a room that the transaction has locked. */
  async choose<Argument extends object>(
    tx: Transaction,
    room: Room,
    {
      continuation,
      text,
      argument,
      options,
      ...to
    }: ContinuedQuestion<Argument> & { options: ChoiceOption[] },
  ): Promise<void> {
    const reactions = options.map((_, index) => OPTIONS[index] ?? '');
    const lines = options.map(({ label }, index) => `${reactions[index]} ${index + 1}: ${label}`);
    await this.cards.ask<Stored<Argument>>(tx, room, {
      ...to,
      kind: kindOf('choice', continuation),
      argument: {
        argument,
        values: Object.fromEntries(options.map(({ value }, index) => [reactions[index] ?? '', value])),
      },
      text: [text, ...lines].join('\n'),
      buttons: options.map(({ word }, index) => ({
        reaction: reactions[index] ?? '',
        words: [word, String(index + 1)],
      })),
    });
  }

  /** Asks whether something is really to be done, in a room that the transaction has locked. */
  async confirm<Argument extends object>(
    tx: Transaction,
    room: Room,
    { continuation, argument, ...question }: ContinuedQuestion<Argument>,
  ): Promise<void> {
    const kind = kindOf('confirmation', continuation);
    await this.cards.ask<Stored<Argument>>(tx, room, {
      ...question,
      kind,
      argument: { argument },
      buttons: [YES, NO],
    });
  }
}

function kindOf(form: 'choice' | 'confirmation', continuation: string): string {
  return `${form} ${continuation}`;
}

function effectOf<Argument>(continuation: ChoiceContinuation<Argument>): CardEffect<Stored<Argument>> {
  return {
    act: (answer, finish) =>
      isDeclined(answer) ? finish(() => DECLINED) : continuation(continuedWith(answer), finish),
  };
}

function isDeclined<Argument>({ argument, button }: CardAnswer<Stored<Argument>>): boolean {
  return argument.values === undefined && button.reaction === NO.reaction;
}

function continuedWith<Argument>({
  room,
  actor,
  argument: { argument, values },
  button,
}: CardAnswer<Stored<Argument>>): ContinuedAnswer<Argument> {
  return { room, actor, argument, chosen: values?.[button.reaction] ?? null };
}
