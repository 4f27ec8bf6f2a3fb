import { type Permissions } from '../moderation/access/permissions.js';
import { type Room } from '../records/rooms/room.js';

/**
 * Answers to pollInfo as JSON text. All readers without a role who may do the same get the same text until the room
 * changes, so it is written once: Desktop polls with 0 and is sent the details every time.
 */
export class PollTexts {
  /** A changed room is another object, so an entry is never out of date and goes with its room. */
  private readonly texts = new WeakMap<Room, (string | undefined)[]>();

  /** The text for someone with these permissions; undefined when it has not been kept. */
  find(room: Room, may: Permissions, detailed: boolean): string | undefined {
    return may.moderator ? undefined : this.texts.get(room)?.[slot(may, detailed)];
  }

  /** Keeps the text for everyone with these permissions, unless they have a role. */
  keep(room: Room, may: Permissions, detailed: boolean, text: string): void {
    if (may.moderator) return;
    const texts = this.texts.get(room) ?? [];
    texts[slot(may, detailed)] = text;
    this.texts.set(room, texts);
  }
}

/** Numbers the answers of one room: whoever is answered may read, so write, upload and the details make 8 of them. */
function slot({ write, upload }: Permissions, detailed: boolean): number {
  return (write ? 1 : 0) + (upload ? 2 : 0) + (detailed ? 4 : 0);
}
