import { type Language } from '../../../records/rooms/room-language.js';
import { COMMANDS_IN_GERMAN } from './de.js';
import { COMMANDS_IN_ENGLISH } from './en.js';
import { COMMANDS_IN_SPANISH } from './es.js';
import { COMMANDS_IN_PERSIAN } from './fa.js';
import { type Notices } from './notices.js';
import { COMMANDS_IN_RUSSIAN } from './ru.js';

export type { Notices } from './notices.js';

/** The server's words to people about decisions of staff, by the language of the room. */
export const NOTICES: Readonly<Record<Language, Notices>> = {
  en: COMMANDS_IN_ENGLISH,
  de: COMMANDS_IN_GERMAN,
  es: COMMANDS_IN_SPANISH,
  fa: COMMANDS_IN_PERSIAN,
  ru: COMMANDS_IN_RUSSIAN,
};
