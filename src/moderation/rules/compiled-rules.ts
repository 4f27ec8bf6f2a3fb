import { type RuleCondition } from '../../records/rules/rule-condition.js';
import { type Rule, type RulePlace } from '../../records/rules/rule.js';
import { isBelow, isInvite, type Link, linkOf, linksIn, opensMessenger } from './links.js';
import { PatternSet, type WantedPattern } from './pattern-set.js';
import { type SaidText, type SaidPart } from './said.js';
import { type WantedWord, WordAutomaton } from './word-automaton.js';

type Condition<Kind extends RuleCondition['looksFor']> = Extract<RuleCondition, { looksFor: Kind }>;

/** Kinds of conditions that read texts. */
const TEXTUAL: ReadonlySet<RuleCondition['looksFor']> = new Set(['words', 'patterns', 'scripts', 'links']);

/** Tells by itself whether something is what it looks for. */
type Test = (said: SaidText, read: Reading) => boolean;

/** The links of something that is said, found once for all rules. */
class Reading {
  private found: { place: RulePlace; link: Link }[] | undefined;

  constructor(private readonly said: SaidText) {}

  linksOf(places: ReadonlySet<RulePlace>): Link[] {
    this.found ??= [
      ...this.said.parts.flatMap(({ place, text }) => linksIn(text).map((link) => ({ place, link }))),
      ...this.said.urls.flatMap(({ place, url }) => {
        const link = linkOf(url);
        return link ? [{ place, link }] : [];
      }),
    ];
    return this.found.flatMap(({ place, link }) => (places.has(place) ? [link] : []));
  }
}

/** All words and patterns of some rules; the value of each is the place of its rule. */
interface Wanted {
  words: readonly WantedWord[];
  patterns: readonly WantedPattern[];
}

/** The rules of one place, ready to be asked. They are compiled once for each change. */
export class CompiledRules {
  /** Seconds to look back for what people repeat; 0 when no rule asks for that. */
  readonly longestRepetition: number;
  /** Whether a rule looks at the names of files. */
  readonly looksAtFileNames: boolean;

  private constructor(
    readonly rules: readonly Rule[],
    private readonly wanted: Wanted,
    private readonly words: WordAutomaton,
    private readonly patterns: PatternSet,
    private readonly tests: ReadonlyMap<number, Test>,
    private readonly places: readonly ReadonlySet<RulePlace>[],
  ) {
    this.looksAtFileNames = rules.some(
      ({ in: places, if: { looksFor } }) => places.includes('file name') && TEXTUAL.has(looksFor),
    );
    this.longestRepetition = Math.max(
      0,
      ...rules.map(({ if: condition }) => (condition.looksFor === 'repetition' ? condition.seconds : 0)),
    );
  }

  /**
   * Compiles rules, bit by bit.
   * @param former rules of the same place: what they have in common with these is not compiled again, which is all of it when one
   *   was armed
   * @throws PatternProblem when one has a pattern that can't be used
   */
  static async of(rules: readonly Rule[], former?: CompiledRules): Promise<CompiledRules> {
    const words = rules.flatMap(({ if: condition }, value) =>
      condition.looksFor === 'words' ? condition.words.map((word) => ({ word, value })) : [],
    );
    const patterns = rules.flatMap(({ if: condition }, value) =>
      condition.looksFor === 'patterns' ? condition.patterns.map((pattern) => ({ pattern, value })) : [],
    );
    const places = rules.map((rule) => new Set(rule.in));
    const tests = new Map<number, Test>();
    rules.forEach(({ if: condition }, index) => {
      const test = testOf(condition, places[index] ?? new Set());
      if (test) tests.set(index, test);
    });
    const hasWords = isSame(former?.wanted.words, words, ({ word }) => word);
    const hasPatterns = isSame(former?.wanted.patterns, patterns, ({ pattern }) => pattern);
    const automaton = hasWords ? former?.words : undefined;
    const set = hasPatterns ? former?.patterns : undefined;
    return new CompiledRules(
      rules,
      { words, patterns },
      automaton ?? (await WordAutomaton.of(words)),
      set ?? (await PatternSet.of(patterns)),
      tests,
      places,
    );
  }

  /** The rules that something hits, whoever says it, in their order. Those about repetition are not asked. */
  match(said: SaidText): Rule[] {
    if (this.rules.length === 0) return [];
    const hit = new Set<number>();
    for (const part of said.parts) this.matchPart(part, hit);
    const reading = new Reading(said);
    for (const [index, test] of this.tests) if (test(said, reading)) hit.add(index);
    return hit.size === 0 ? [] : this.rules.filter((_, index) => hit.has(index));
  }

  private matchPart(part: SaidPart, hit: Set<number>): void {
    const note = (index: number): void => {
      if (this.places[index]?.has(part.place)) hit.add(index);
    };
    if (!this.words.isEmpty) {
      const { words, looks } = part.words;
      this.words.find(words, looks, note);
    }
    this.patterns.find(part.text, note);
  }
}

function isSame<One extends { value: number }>(
  some: readonly One[] | undefined,
  others: readonly One[],
  textOf: (one: One) => string,
): boolean {
  return (
    some?.length === others.length &&
    others.every((other, index) => {
      const one = some[index];
      return one?.value === other.value && textOf(one) === textOf(other);
    })
  );
}

function testOf(condition: RuleCondition, places: ReadonlySet<RulePlace>): Test | undefined {
  switch (condition.looksFor) {
    case 'scripts':
      return scriptTest(condition, places);
    case 'links':
      return linkTest(condition, places);
    case 'media':
      return ({ media }) => condition.kinds.some((kind) => media.has(kind));
    case 'mentions':
      return ({ mentions }) => mentions > condition.most;
    case 'length':
      return ({ body }) => isLonger(body, condition);
    case 'words':
    case 'patterns':
    case 'repetition':
      return undefined;
  }
}

function scriptTest(
  { scripts, others, letters }: Condition<'scripts'>,
  places: ReadonlySet<RulePlace>,
): Test {
  const named = scripts.map((script) => `\\p{Script=${script}}`).join('');
  const letter = others
    ? new RegExp(`(?![${named}\\p{Script=Common}\\p{Script=Inherited}])\\p{L}`, 'gu')
    : new RegExp(`(?=\\p{L})[${named}]`, 'gu');
  return ({ parts }) => {
    let missing = letters;
    for (const { place, text } of parts) {
      if (!places.has(place)) continue;
      missing -= text.match(letter)?.length ?? 0;
      if (missing <= 0) return true;
    }
    return false;
  };
}

function linkTest(
  { denied, allowed, invites, most }: Condition<'links'>,
  places: ReadonlySet<RulePlace>,
): Test {
  const deniedSet = new Set(denied);
  const allowedSet = allowed && new Set(allowed);
  return ({ parts }, reading) => {
    const links = reading.linksOf(places);
    if (links.some(({ host }) => isBelow(host, deniedSet))) return true;
    if (invites && links.some(isInvite)) return true;
    if (invites && parts.some(({ place, text }) => places.has(place) && opensMessenger(text))) return true;
    const certain = links.filter(({ isCertain }) => isCertain);
    if (allowedSet && certain.some(({ host }) => !isBelow(host, allowedSet))) return true;
    return most !== undefined && certain.length > most;
  };
}

function isLonger(body: string, { most, lines }: Condition<'length'>): boolean {
  if (lines !== undefined && body.split('\n').length > lines) return true;
  return most !== undefined && body.length > most && Array.from(body).length > most;
}
