import { type Incident, type IncidentNumbers } from '../../records/defence/incidents.repository.js';
import { counted } from '../../foundation/wording.js';
import { type Room } from '../../records/rooms/room.js';

/** The kind of cards that tell how an incident stands. */
export const INCIDENT_CARD = 'incident';

/** The argument of such a card. */
export interface IncidentArgument {
  incident: number;
}

/** Seconds after the start of an incident at which moderators are told how it stands: at once, and ever more rarely. */
export const DIGESTS_AFTER = [0, 10 * 60, 60 * 60, 6 * 60 * 60, 24 * 60 * 60] as const;

const CAUSES: Readonly<Record<string, string>> = {
  likeness: 'several new people said the same',
  staff: 'staff guards the room',
};

/** The text that tells the moderators of a room how an incident stands. */
export function digestOf(room: Room, { id, cause, told }: Incident, numbers: IncidentNumbers): string {
  const { people, held, published, withdrawn } = numbers;
  const why = CAUSES[cause] ?? 'too many new people wrote at once';
  const begin =
    told === 0
      ? `A raid may have begun in ${room.name}: ${why}. New people’s posts are held now; members notice nothing.`
      : `The raid on ${room.name} goes on.`;
  return (
    `${begin} So far: ${counted(people, 'person', 'people')}, ${counted(held, 'post')} held, ` +
    `${counted(withdrawn, 'post')} taken back, ${counted(published, 'post')} published after a challenge. ` +
    `Incident ${id}: one tap bans everybody who took part, ends it, or takes all of it back.`
  );
}
