import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Language, LANGUAGES } from '../../records/rooms/room-language.js';
import { PAGES_IN_GERMAN } from './de.js';
import { PAGES_IN_ENGLISH } from './en.js';
import { PAGES_IN_SPANISH } from './es.js';
import { PAGES_IN_PERSIAN } from './fa.js';
import { PAGES_IN_RUSSIAN } from './ru.js';
import { type PageTexts, type Plural } from './texts.js';

/** The texts of pages, by language. */
export const PAGE_TEXTS: Readonly<Record<Language, PageTexts>> = {
  en: PAGES_IN_ENGLISH,
  de: PAGES_IN_GERMAN,
  es: PAGES_IN_SPANISH,
  fa: PAGES_IN_PERSIAN,
  ru: PAGES_IN_RUSSIAN,
};

/** The form of a language in which pages write times and numbers: the days of English come before its months. */
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de', es: 'es', fa: 'fa', ru: 'ru' };

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** How pages speak in one language. Times are in UTC; the script shows them in the reader's own time zone. */
export class Speech {
  readonly direction: 'ltr' | 'rtl';
  private readonly plurals: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;
  private readonly dates: Intl.DateTimeFormat;
  private readonly times: Intl.DateTimeFormat;
  private readonly moments: Intl.DateTimeFormat;

  constructor(
    readonly language: Language,
    readonly texts: PageTexts,
  ) {
    const locale = LOCALES[language];
    const timeZone = 'UTC';
    this.direction = language === 'fa' ? 'rtl' : 'ltr';
    this.plurals = new Intl.PluralRules(locale);
    this.numbers = new Intl.NumberFormat(locale);
    this.dates = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'full' });
    this.times = new Intl.DateTimeFormat(locale, { timeZone, timeStyle: 'short' });
    this.moments = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
  }

  /** A number with its noun, such as `1,234 people`. */
  count(plural: Plural, n: number): string {
    const form = plural[this.plurals.select(n)] ?? plural.other;
    return filledIn(form, { n: this.numbers.format(n) });
  }

  /** A number as people write it. */
  number(n: number): string {
    return this.numbers.format(n);
  }

  /** The day of a moment in unix seconds, such as `Saturday 21 November 2026`. */
  day(unixSeconds: number): string {
    return this.dates.format(unixSeconds * 1000);
  }

  /** The time of day of a moment in unix seconds, such as `14:03`. */
  time(unixSeconds: number): string {
    return this.times.format(unixSeconds * 1000);
  }

  /** A moment in unix seconds, such as `21 Nov 2026, 14:03 UTC`. */
  moment(unixSeconds: number): string {
    return `${this.moments.format(unixSeconds * 1000)} UTC`;
  }

  /** Bytes as a person reads them, such as `1.4 MB`. */
  fileSize(bytes: number): string {
    let size = bytes;
    let unit = 0;
    while (size >= (unit === 0 ? 1000 : 999.5) && unit < SIZE_UNITS.length - 1) {
      size /= 1000;
      unit++;
    }
    const digits = unit > 0 && size < 9.95 ? 1 : 0;
    return new Intl.NumberFormat(LOCALES[this.language], {
      style: 'unit',
      unit: SIZE_UNITS[unit] ?? 'byte',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(size);
  }
}

/** How pages speak, by language. */
export const SPEECHES = byLanguage((language) => new Speech(language, PAGE_TEXTS[language]));

/** The language of the page that is being rendered. */
export const SpeechContext = createContext(SPEECHES.en);

/** How the page speaks that is being rendered. */
export function useSpeech(): Speech {
  return useContext(SpeechContext);
}

/** Something for each language that pages speak. */
export function byLanguage<Value>(make: (language: Language) => Value): Readonly<Record<Language, Value>> {
  return Object.fromEntries(LANGUAGES.map((language) => [language, make(language)])) as Record<
    Language,
    Value
  >;
}

/** A text with its places `{name}` filled in; a value is never read as a place. */
export function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}
