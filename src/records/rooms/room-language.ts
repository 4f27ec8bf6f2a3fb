/** Languages in which the server can speak to the members of a room. */
export const LANGUAGES = ['en', 'de', 'es', 'fa', 'ru'] as const;

export type Language = (typeof LANGUAGES)[number];

/** How every whisper of the server begins, because nothing else marks a whisper for the person who reads it. */
export const ONLY_YOU: Readonly<Record<Language, string>> = {
  en: 'Only you can see this',
  de: 'Nur du kannst das sehen',
  es: 'Solo tú puedes ver esto',
  fa: 'فقط شما این را می‌بینید',
  ru: 'Это видите только вы',
};
