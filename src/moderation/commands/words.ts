import { oneLine } from '../../foundation/wording.js';
import { durationText } from '../../foundation/duration.js';
import { type Actor, PLAZA } from '../access/actor.js';
import { LONGEST_REASON } from '../marks.service.js';
import { GLOBAL, OWN_ROOMS, type Scope } from '../scope.js';
import { CommandMistake, type CommandOrder, type NamedPerson } from './command-definition.js';

/** How answers name somebody: by their name and the first digits of their ID. */
export function called({ name, sessionId }: NamedPerson): string {
  const short = `${sessionId.slice(0, 10)}…`;
  return name === null ? short : `${oneLine(name, 40)} (${short})`;
}

/** The person of an order that is about one. */
export function personOf({ person }: CommandOrder): NamedPerson {
  if (!person) throw new CommandMistake('Say whom.');
  return person;
}

/** Where an order holds: in its room, or in all rooms where its author may give it. */
export function scopeOfOrder({ isEverywhere, actor, room }: CommandOrder): Scope {
  if (!isEverywhere) return { global: false, rooms: [room.token] };
  return isGlobal(actor) ? GLOBAL : { global: false, rooms: OWN_ROOMS };
}

/** The end of a sentence that says where an order holds. */
export function place({ isEverywhere, actor }: CommandOrder): string {
  if (!isEverywhere) return 'here';
  return isGlobal(actor) ? 'on the whole server' : 'in all rooms that you moderate';
}

/** `for 4h`, or nothing for what has no end. */
export function lasting(seconds: number | null): string {
  return seconds === null ? '' : ` for ${durationText(seconds)}`;
}

/** The reason of an order, in one line; undefined without one. */
export function reasonOf({ text }: CommandOrder): string | undefined {
  const reason = oneLine(text, LONGEST_REASON);
  return reason === '' ? undefined : reason;
}

function isGlobal(actor: Actor): boolean {
  return actor === PLAZA || actor.moderator;
}
