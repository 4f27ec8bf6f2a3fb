import { type Language } from '../../../records/rooms/room-language.js';
import { DE } from './de.js';
import { EN } from './en.js';
import { ES } from './es.js';
import { FA } from './fa.js';
import { RU } from './ru.js';
import { type HeldMessageTexts } from './texts.js';

/** The server's texts about held messages, by language. */
export const HELD_MESSAGE_TEXTS: Readonly<Record<Language, HeldMessageTexts>> = {
  en: EN,
  de: DE,
  es: ES,
  fa: FA,
  ru: RU,
};
