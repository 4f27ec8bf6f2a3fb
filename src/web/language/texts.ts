/** A text in the plural forms of its language (CLDR); `{n}` is the number. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

/**
 * Everything that pages say, in one language. Words in braces are places for what the page knows; `texts.spec.ts` sees
 * to it that all languages have the same ones.
 */
export interface PageTexts {
  /** The first link of every page, for people who use a keyboard. */
  skip: string;
  footer: string;
  index: {
    title: string;
    description: string;
    headline: string;
    welcome: string;
    unlistedHeadline: string;
    unlisted: string;
    rules: string;
    contact: string;
    empty: { title: string; ask: string; addRoom: string; addAdmin: string; then: string };
  };
  join: {
    button: string;
    /** For those who hear the button among others. */
    roomButton: string;
    title: string;
    steps: readonly [string, string, string];
    communityUrl: string;
    copy: string;
    copied: string;
    qrCode: string;
    qrCodeOf: string;
    toPrint: string;
  };
  people: Plural;
  /** Said in a room that people read and nobody writes to. */
  archived: string;
  quiet: string;
  lastDays: Plural;
  room: {
    messages: string;
    pinned: string;
    forMembers: string;
    off: string;
    empty: string;
    emptyHint: string;
    earlier: string;
    newer: string;
    newest: string;
    nothingEarlier: string;
    nothingNewer: string;
    news: string;
    utc: string;
    feed: string;
  };
  post: {
    admin: string;
    moderator: string;
    id: string;
    edited: string;
    unreadable: string;
    aMessage: string;
    reactions: string;
    picture: string;
    voice: string;
    video: string;
    file: string;
    invitation: string;
    /** Names what a click on the time of a message leads to. */
    link: string;
    /** Stands where a picture could not be loaded. */
    broken: string;
  };
  search: {
    label: string;
    button: string;
    title: string;
    hint: string;
    found: string;
    nothing: string;
    older: string;
    back: string;
  };
  refusal: {
    missing: string;
    failed: string;
    toFront: string;
    toRoom: string;
    reasons: Readonly<Record<ExplainedRefusal, string>>;
  };
}

/** Refusals that pages explain in the reader's language; the others are told as programs are told them. */
export const EXPLAINED = [
  'room_not_found',
  'message_not_found',
  'file_not_found',
  'permission_denied',
  'too_many_requests',
  'unavailable',
  'internal',
] as const;

export type ExplainedRefusal = (typeof EXPLAINED)[number];
