import { type MessageContent } from '../../protocol/session-protobuf/read-content.js';
import { shapesOfName, skeleton } from './likeness.js';

/** The beginnings of what the server says to people, as an eye sees them. */
const SERVER_WORDS = ['Only you can see this', 'Only moderators see this'].map(skeleton);
/** Names that only staff and the server have, as an eye sees them. */
const NAMES_OF_STAFF = ['Moderation', 'Moderator', 'Admin', 'Administrator', 'Plaza', 'Session Support'].map(
  skeleton,
);

/** Tells a message that pretends to come from the server or from staff, by its first words or its author's name. */
export function posesAs(content: MessageContent | undefined): 'name' | 'server_words' | undefined {
  const body = skeleton((content?.body ?? '').slice(0, 200));
  if (SERVER_WORDS.some((words) => body.startsWith(words))) return 'server_words';
  const isOfStaff = shapesOfName(content?.displayName ?? '').some((name) => NAMES_OF_STAFF.includes(name));
  return isOfStaff ? 'name' : undefined;
}
