import * as z from 'zod';
import { TRUST_LEVELS } from '../defence/trust.js';
import { ruleConditionSchema } from './rule-condition.js';

const LONGEST_NAME = 64;
const LONGEST_MESSAGE = 300;
/** Thirty days. */
const LONGEST_MUTE = 30 * 24 * 60 * 60;
const NO_CONTROL = /^\P{Control}*$/u;

/** Parts of a message that a rule may look at. */
export const RULE_PLACES = ['text', 'name', 'file name', 'title', 'invitation', 'quote'] as const;

export type RulePlace = (typeof RULE_PLACES)[number];

/** The parts that a rule looks at when nothing else is said: what a quote says somebody else may have written. */
export const USUAL_PLACES: readonly RulePlace[] = ['text', 'name', 'file name', 'title', 'invitation'];

/**
 * The consequences of a rule that is armed.
 *
 * - `hold`: a moderator looks, and the author is told once that a rule holds it.
 * - `explain`: the same, and the author is told at once which rule it is and what its staff says.
 * - `unseen`: its author alone sees it, and is not told.
 * - `mute`: it is rejected, and its author muted for a time and told why.
 */
export const RULE_CONSEQUENCES = ['hold', 'explain', 'unseen', 'mute'] as const;

/** The people whom a rule concerns: those who are trusted so far at most. Staff is never concerned. */
export const RULE_TRUST = TRUST_LEVELS.filter((level) => level !== 'staff');

/** A rule as staff writes it, and as communities share it. */
export const ruleTextSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(LONGEST_NAME).regex(NO_CONTROL, 'a name has no control characters'),
    if: ruleConditionSchema,
    in: z
      .array(z.enum(RULE_PLACES))
      .min(1)
      .default([...USUAL_PLACES]),
    trust: z.enum(RULE_TRUST).default('regular'),
    then: z.enum(RULE_CONSEQUENCES).default('hold'),
    /** Seconds for which `mute` mutes. */
    seconds: z.int().min(1).max(LONGEST_MUTE).optional(),
    /** Words of staff to the author. */
    says: z
      .string()
      .trim()
      .min(1)
      .max(LONGEST_MESSAGE)
      .regex(NO_CONTROL, 'it has no control characters')
      .optional(),
  })
  .refine(({ then, seconds }) => (then === 'mute') === (seconds !== undefined), {
    error: 'a rule that mutes says for how long, and no other one does',
  });

export type RuleText = z.output<typeof ruleTextSchema>;

/** A rule as the table has it. */
export interface Rule extends RuleText {
  id: number;
  /** Token; null for the whole server. */
  room: string | null;
  /** Its place among those of the room, or of the server. */
  position: number;
  /** Unix seconds; null for one that watches. */
  armedAt: number | null;
}

/** How often a rule hit something, armed or not. */
export interface RuleHits {
  hits: number;
  /** Those of the last seven days, today included. */
  recent: number;
}
