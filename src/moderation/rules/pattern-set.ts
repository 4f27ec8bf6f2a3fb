import type * as re2 from 're2js';
import { turnForLongWork } from '../../foundation/limits/turns.js';

/** A pattern that can't be used; the message says why in a line. */
export class PatternProblem extends Error {
  override readonly name = 'PatternProblem';
}

/** Instructions that one pattern may take, and those of one place together. */
const LARGEST = 1_500;
const LARGEST_TOGETHER = 15_000;
/** A bound of what a pattern may take, before it is compiled: its characters times how often they are repeated. */
const LARGEST_WRITTEN = 20_000;
/** How often a pattern may repeat a part of itself altogether; the engine allows no more. */
const MOST_REPEATS = 1_000;
/** Bytes of states that a set remembers; without a place for more it goes on by stepping through all states at once. */
const MEMORY = 4 * 1024 * 1024;
const COUNT = /\{(\d{1,4})(?:,(\d{0,4}))?\}/g;
/** It makes a set know the states of ordinary texts before somebody waits for them. */
const ORDINARY =
  'The quick brown fox: https://example.com/a?b=1, +1 234 567 890. Привет, как дела? 你好 سلام';

/** A pattern to look for; `value` is what is found with it. */
export interface WantedPattern {
  pattern: string;
  value: number;
}

/**
 * Regular expressions that are looked for in one pass each, in time proportional to the text whatever they are (RE2's engine,
 * which has neither look-around nor references).
 */
export class PatternSet {
  private constructor(
    private readonly set: re2.RE2Set | undefined,
    private readonly values: readonly number[],
  ) {}

  /**
   * Compiles patterns, which are looked for without regard to case.
   * @param patterns each with a value that is found with it
   * @throws PatternProblem
   */
  static async of(patterns: readonly WantedPattern[]): Promise<PatternSet> {
    if (patterns.length === 0) return new PatternSet(undefined, []);
    // Communities without patterns don't load the engine.
    const { RE2JS, RE2Set } = await import('re2js');
    const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE, MEMORY);
    let together = 0;
    for (const { pattern } of patterns) {
      together += sizeOf(RE2JS, pattern);
      if (together > LARGEST_TOGETHER) throw new PatternProblem('the patterns are too large together');
      set.add(pattern);
      await turnForLongWork();
    }
    set.compile();
    await turnForLongWork();
    set.match(ORDINARY);
    return new PatternSet(
      set,
      patterns.map(({ value }) => value),
    );
  }

  /** Finds patterns in a text. @param found is told the value of each that matches */
  find(text: string, found: (value: number) => void): void {
    for (const index of this.set?.match(text) ?? []) found(this.values[index] ?? 0);
  }
}

function sizeOf(RE2JS: typeof re2.RE2JS, pattern: string): number {
  const repeats = [...pattern.matchAll(COUNT)].reduce(
    (sum, [, least = '0', most = '0']) => sum + Math.max(Number(least), Number(most)),
    1,
  );
  if (pattern.length * Math.min(repeats, MOST_REPEATS) > LARGEST_WRITTEN) throw tooLarge(pattern);
  try {
    const size = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE).programSize();
    if (size > LARGEST) throw tooLarge(pattern);
    return size;
  } catch (error) {
    if (error instanceof PatternProblem) throw error;
    const why = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : '';
    throw new PatternProblem(`${JSON.stringify(pattern)} can't be looked for in linear time: ${why}`);
  }
}

function tooLarge(pattern: string): PatternProblem {
  return new PatternProblem(`${JSON.stringify(pattern)} is too large: it repeats too much too often`);
}
