import * as z from 'zod';
import { SECONDS_PER_DAY } from '../defence/trust.js';

/** Words of one rule, and of all rules that hold in one place together. */
export const MOST_WORDS = 5_000;
const MOST_PATTERNS = 50;
const MOST_DOMAINS = 2_000;
const LONGEST_WORD = 100;
const LONGEST_PATTERN = 500;
const LONGEST_DOMAIN = 253;
const MOST_SCRIPTS = 40;
/** Above what clients send. */
const MOST_CHARACTERS = 100_000;
const MOST_REPEATS = 20;

/** Kinds of what a message shows beside its text. */
export const MEDIA_KINDS = ['picture', 'video', 'audio', 'voice', 'file'] as const;

export type MediaKind = (typeof MEDIA_KINDS)[number];

/** A script as Unicode names it, such as `Arabic`. */
const scriptSchema = z
  .string()
  .max(40)
  .refine(isScript, 'a script has its Unicode name, such as Arabic, Cyrillic or Han');

const wordSchema = z
  .string()
  .trim()
  .max(LONGEST_WORD)
  .regex(/[\p{L}\p{N}]/u, 'a word has a letter or a digit')
  .regex(/^\*?[^*]+\*?$/u, '“*” stands at the beginning or the end of a word');

/** A domain in lower case; it stands for all domains below it, too. */
const domainSchema = z
  .string()
  .max(LONGEST_DOMAIN)
  .transform((text, context) => {
    const host = hostOf(text);
    if (host !== undefined) return host;
    context.addIssue({ code: 'custom', message: 'a domain is written as example.com' });
    return z.NEVER;
  });

/** The things that a rule can look for in a message. Where several are named, any of them is enough. */
export const ruleConditionSchema = z.discriminatedUnion('looksFor', [
  /** Words and phrases: whole ones, unless `*` at the beginning or end lets letters follow there. */
  z.strictObject({ looksFor: z.literal('words'), words: z.array(wordSchema).min(1).max(MOST_WORDS) }),
  /** Regular expressions of RE2, without regard to case. */
  z.strictObject({
    looksFor: z.literal('patterns'),
    patterns: z.array(z.string().min(1).max(LONGEST_PATTERN)).min(1).max(MOST_PATTERNS),
  }),
  /** So many letters of one of these scripts, or, with `others`, of any but these. */
  z.strictObject({
    looksFor: z.literal('scripts'),
    scripts: z.array(scriptSchema).min(1).max(MOST_SCRIPTS),
    others: z.boolean().default(false),
    letters: z.int().min(1).max(MOST_CHARACTERS).default(1),
  }),
  z
    .strictObject({
      looksFor: z.literal('links'),
      /** Links to these. */
      denied: z.array(domainSchema).max(MOST_DOMAINS).optional(),
      /** Links to any but these. */
      allowed: z.array(domainSchema).max(MOST_DOMAINS).optional(),
      /** Invitations to groups of other messengers. */
      invites: z.literal(true).optional(),
      /** More links than that. */
      most: z.int().min(0).max(100).optional(),
    })
    .refine(
      ({ denied, allowed, invites, most }) => denied ?? allowed ?? invites ?? most !== undefined,
      'links of what kind?',
    ),
  z.strictObject({ looksFor: z.literal('media'), kinds: z.array(z.enum(MEDIA_KINDS)).min(1) }),
  /** More mentions of people than that. */
  z.strictObject({ looksFor: z.literal('mentions'), most: z.int().min(0).max(1_000) }),
  z
    .strictObject({
      looksFor: z.literal('length'),
      /** More characters than that. */
      most: z.int().min(0).max(MOST_CHARACTERS).optional(),
      /** More lines than that. */
      lines: z.int().min(1).max(MOST_CHARACTERS).optional(),
    })
    .refine(({ most, lines }) => most !== undefined || lines !== undefined, 'how long?'),
  /** The same text as in so many of the author's own messages of the last seconds. */
  z.strictObject({
    looksFor: z.literal('repetition'),
    times: z.int().min(1).max(MOST_REPEATS),
    seconds: z.int().min(1).max(SECONDS_PER_DAY),
  }),
]);

export type RuleCondition = z.output<typeof ruleConditionSchema>;

/** The host of a domain that somebody has written, as URLs have it; undefined when it can't be one. */
export function hostOf(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^https?:[\\/]+/i, '')
    .replace(/^\*?\./, '');
  if (!/^[\p{L}\p{M}\p{N}.\-_]+$/u.test(bare) || !URL.canParse(`http://${bare}`)) return undefined;
  const host = new URL(`http://${bare}`).hostname.replace(/\.$/, '');
  return host === '' ? undefined : host;
}

function isScript(name: string): boolean {
  if (!/^[A-Za-z_]+$/.test(name)) return false;
  try {
    new RegExp(`\\p{Script=${name}}`, 'u');
    return true;
  } catch {
    return false;
  }
}
