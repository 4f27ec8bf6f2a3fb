import { type Language } from '../../../records/rooms/room-language.js';
import { DE } from './de.js';
import { EN } from './en.js';
import { ES } from './es.js';
import { FA } from './fa.js';
import { type Notices } from './notices.js';
import { RU } from './ru.js';

export type { Notices } from './notices.js';

/** The server's words to people about decisions of staff, by the language of the room. */
export const NOTICES: Readonly<Record<Language, Notices>> = { en: EN, de: DE, es: ES, fa: FA, ru: RU };
