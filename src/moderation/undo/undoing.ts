import { type Transaction } from '../../foundation/database/database.js';
import { type Event, type EventKind } from '../../records/events/event.js';
import { type Actor } from '../access/actor.js';

/** An event that can't be taken back; the message says why in a line. */
export class CannotUndo extends Error {
  override readonly name = 'CannotUndo';
}

/**
 * Takes one event back in a transaction that has locked nothing of rooms and people yet, with the permission that it takes.
 * @returns a sentence, without its period, about how things are then
 * @throws CannotUndo or ProtocolError
 */
export type Undoing<Kind extends EventKind> = (
  tx: Transaction,
  actor: Actor,
  event: Event<Kind>,
) => Promise<string>;

/** The ways of taking events back, by kind. A kind that is missing can't be. */
export type Undoings = { readonly [Kind in EventKind]?: Undoing<Kind> };

/** The part of an event that its kind always has. */
export function present<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new CannotUndo('the event does not say enough for that');
  return value;
}
