import { type MessageReader } from './message.js';

/**
 * The one rule of who may see a message that is there, whispers and messages kept from others included, as an SQL condition
 * over the row `m` of `messages`. The room's read permission is asked for elsewhere.
 * @param readerId the parameter that holds the reader's id, such as `$2`; null for an anonymous reader
 */
export function visibleTo(reader: Pick<MessageReader, 'moderator'>, readerId: string): string {
  if (reader.moderator) {
    return `${inStateFor(readerId)}
      AND (m.whisper_mods OR m.whisper_to = ${readerId} OR m.user_id = ${readerId} OR m.whisper_to IS NULL)`;
  }
  return `${inStateFor(readerId)} AND (m.whisper_to = ${readerId} OR (m.whisper_to IS NULL AND NOT m.whisper_mods))`;
}

/** Whether the row `m` of `messages` is kept from everybody but its author, in whatever room and role they are. */
export const FOR_AUTHOR_ALONE = `m.state IN ('held', 'unseen')`;

/** Whether the row `m` of `messages` is a message for everyone: neither a whisper nor kept from others. */
export const FOR_EVERYONE = `m.state = 'published' AND ${noWhisper()}`;

/**
 * Whether the row `m` of `messages` may have reactions of a person: it is for everyone, or would be if it were published
 * and is their own, or it is the card of a challenge of theirs or one for staff that they may answer.
 * @param readerId as in {@link visibleTo}
 */
export function openTo(reader: Pick<MessageReader, 'moderator'>, readerId: string): string {
  return `((${inStateFor(readerId)} AND ${noWhisper()}) OR ${isCardOf(readerId)} OR ${isStaffCardFor(reader, readerId)})`;
}

/** Whether the row `m` of `messages` is a whisper that asks a person the question of their challenge. */
export function isCardOf(readerId: string): string {
  return `(m.whisper_to = ${readerId}
    AND EXISTS (SELECT 1 FROM challenges c WHERE c.card_id = m.id AND c.user_id = ${readerId}))`;
}

/** Whether the row `m` of `messages` asks staff a question that a reader may answer. */
export function isStaffCardFor(reader: Pick<MessageReader, 'moderator'>, readerId: string): string {
  if (!reader.moderator) return 'false';
  return `((m.whisper_mods OR m.whisper_to = ${readerId})
    AND EXISTS (SELECT 1 FROM cards k WHERE k.message_id = m.id AND k.state = 'open'))`;
}

function inStateFor(readerId: string): string {
  return `(m.state IN ('published', 'withdrawn') OR m.user_id = ${readerId})`;
}

function noWhisper(): string {
  return 'm.whisper_to IS NULL AND NOT m.whisper_mods';
}
