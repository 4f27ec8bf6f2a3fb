import { type Language } from '../../../records/rooms/room-language.js';
import { CHALLENGES_IN_GERMAN } from './de.js';
import { CHALLENGES_IN_ENGLISH } from './en.js';
import { CHALLENGES_IN_SPANISH } from './es.js';
import { CHALLENGES_IN_PERSIAN } from './fa.js';
import { CHALLENGES_IN_RUSSIAN } from './ru.js';
import { type HeldMessageTexts } from './texts.js';

/** The server's texts about held messages, by language. */
export const HELD_MESSAGE_TEXTS: Readonly<Record<Language, HeldMessageTexts>> = {
  en: CHALLENGES_IN_ENGLISH,
  de: CHALLENGES_IN_GERMAN,
  es: CHALLENGES_IN_SPANISH,
  fa: CHALLENGES_IN_PERSIAN,
  ru: CHALLENGES_IN_RUSSIAN,
};
