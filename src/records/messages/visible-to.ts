import { type MessageReader } from './message.js';

/**
 * The one rule of who may see a message that is there, whispers and filtered ones included, as an SQL condition over the
 * row `m` of `messages`. The room's read permission is asked for elsewhere.
 * @param readerId the parameter that holds the reader's id, such as `$2`; null for an anonymous reader
 */
export function visibleTo(reader: Pick<MessageReader, 'moderator'>, readerId: string): string {
  if (reader.moderator) {
    return `NOT m.filtered
      AND (m.whisper_mods OR m.whisper_to = ${readerId} OR m.user_id = ${readerId} OR m.whisper_to IS NULL)`;
  }
  return `NOT m.filtered AND (m.whisper_to = ${readerId} OR (m.whisper_to IS NULL AND NOT m.whisper_mods))`;
}

/** Whether the row `m` of `messages` is a message for everyone: neither a whisper nor hidden by a filter. */
export const FOR_EVERYONE = 'NOT m.filtered AND m.whisper_to IS NULL AND NOT m.whisper_mods';
