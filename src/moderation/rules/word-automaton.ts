import { turnForLongWork } from '../../foundation/limits/turns.js';
import { ACCENTED, DISGUISED, factsOf, OWN_LETTER, UNSPACED } from './characters.js';
import { disguised, type Disguise } from './disguise.js';
import { cleaned, lowered, SPACE, spaced } from './fold.js';

/** A word or phrase to look for; `value` is what is found with it. */
export interface WantedWord {
  /** As staff has written it: `*` at its beginning or end stands for more letters. */
  word: string;
  value: number;
}

/** Letters that a word must have to be found in one with accents, and in one with letters such as ä or ñ. */
const FEWEST_ACCENTED = 5;
const FEWEST_OWN = 7;
const NONE = -1;
/** Words that are added, and states that are linked, in a turn of the event loop: some milliseconds of work. */
const WORDS_IN_A_TURN = 200;
const STATES_IN_A_TURN = 20_000;
/** Code points that have a place of their own among those with which words begin. */
const COMMON = 0x600;
/** Odd numbers that spread states and code points over a table. */
const SPREAD = [0x9e3779b1, 0x85ebca6b] as const;
const { imul } = Math;

/** A word as an automaton has it. */
interface Entry {
  /** Code points, without the stars. */
  length: number;
  letters: number;
  beginsAnywhere: boolean;
  endsAnywhere: boolean;
  value: number;
  /** The next entry that ends in the same place of the automaton. */
  next: number;
}

/** The letters of a word without its stars, as code points; none when it has none. */
function pointsIn(word: string): number[] {
  return spaced(lowered(cleaned(word.trim().replace(/^\*+|\*+$/g, '')))).slice(1, -1);
}

/**
 * Finds many words in one pass over a text, however many they are (Aho and Corasick). It looks twice where a text may be in
 * disguise: at what it says, and at what an eye sees.
 */
export class WordAutomaton {
  private readonly plain = new Automaton();
  private readonly disguised = new Automaton();

  /**
   * Makes an automaton, bit by bit, so that nobody waits for all of it.
   * @param words those without letters are never found
   */
  static async of(words: readonly WantedWord[]): Promise<WordAutomaton> {
    const automaton = new WordAutomaton();
    for (const [index, word] of words.entries()) {
      automaton.add(word);
      if ((index + 1) % WORDS_IN_A_TURN === 0) await turnForLongWork();
    }
    await automaton.plain.link();
    await automaton.disguised.link();
    return automaton;
  }

  /** Whether there is nothing to look for. */
  get isEmpty(): boolean {
    return this.plain.isEmpty;
  }

  private add({ word, value }: WantedWord): void {
    const lower = pointsIn(word);
    if (lower.length === 0) return;
    const entry = {
      beginsAnywhere: /^\s*\*/.test(word),
      endsAnywhere: /\*\s*$/.test(word),
      letters: lower.filter((point) => point !== SPACE).length,
      value,
    };
    this.plain.add(lower, entry);
    this.disguised.add(disguised(lower).slice(1, -1), entry);
  }

  /**
   * Finds words in a text.
   * @param words as `spaced` makes them
   * @param looks as `disguise` does
   * @param found is told the value of each word that is there, maybe several times
   */
  find(words: readonly number[], looks: Disguise | undefined, found: (value: number) => void): void {
    this.plain.scan(words, (entry) => {
      found(entry.value);
    });
    if (!looks) return;
    this.disguised.scan(looks.text, (entry, start, end) => {
      if (isDisguise(looks.kinds, start, end, entry.letters)) found(entry.value);
    });
  }
}

/** Whether a part of a text is a word in disguise, and not an honest one that looks like it. */
function isDisguise(kinds: readonly number[], start: number, end: number, letters: number): boolean {
  let most = 0;
  for (let place = start; place < end; place++) {
    const kind = kinds[place] ?? 0;
    if (kind === DISGUISED) return true;
    if (kind > most) most = kind;
  }
  if (most === ACCENTED) return letters >= FEWEST_ACCENTED;
  return most === OWN_LETTER && letters >= FEWEST_OWN;
}

/**
 * A state is a number: the place in words where a text has come to. The next one is looked up by state and code point in one
 * table; where there is none, the state to go on from is tried.
 */
class Automaton {
  /** By state: the one before it, and the code point that led from there. */
  private readonly parents: number[] = [0];
  private readonly points: number[] = [0];
  private readonly next = new Transitions();
  private fallbacks = new Int32Array(0);
  /** The entries that end in a state, and the nearest state behind it by fallbacks that has some. */
  private readonly ends: number[] = [NONE];
  private endsBehind = new Int32Array(0);
  private readonly entries: Entry[] = [];

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  add(word: readonly number[], entry: Omit<Entry, 'length' | 'next'>): void {
    let state = 0;
    for (const point of word) {
      const next = this.next.from(state, point);
      state = next === NONE ? this.addState(state, point) : next;
    }
    this.entries.push({ ...entry, length: word.length, next: this.ends[state] ?? NONE });
    this.ends[state] = this.entries.length - 1;
  }

  /** Makes it ready to scan; no word is added after that. */
  async link(): Promise<void> {
    this.fallbacks = new Int32Array(this.parents.length);
    this.endsBehind = new Int32Array(this.parents.length);
    for (const [index, state] of this.shortestFirst().entries()) {
      if ((index + 1) % STATES_IN_A_TURN === 0) await turnForLongWork();
      const parent = this.parents[state] ?? 0;
      if (parent === 0) continue;
      const fallback = this.step(this.fallbacks[parent] ?? 0, this.points[state] ?? 0);
      this.fallbacks[state] = fallback;
      this.endsBehind[state] = this.ends[fallback] === NONE ? (this.endsBehind[fallback] ?? 0) : fallback;
    }
  }

  scan(text: readonly number[], found: (entry: Entry, start: number, end: number) => void): void {
    if (this.isEmpty) return;
    const { ends, endsBehind } = this;
    let state = 0;
    for (let index = 0; index < text.length; index++) {
      state = this.step(state, text[index] ?? 0);
      if (state === 0) continue;
      const ending = ends[state] === NONE ? (endsBehind[state] ?? 0) : state;
      if (ending !== 0) this.tell(text, index + 1, ending, found);
    }
  }

  /** Tells of the words that end in a place of a text, in a state that ends some. */
  private tell(
    text: readonly number[],
    end: number,
    ending: number,
    found: (entry: Entry, start: number, end: number) => void,
  ): void {
    for (let state = ending; state !== 0; state = this.endsBehind[state] ?? 0) {
      for (let place = this.ends[state] ?? NONE; place !== NONE;) {
        const entry = this.entries[place];
        if (!entry) break;
        const start = end - entry.length;
        if (isWhole(text, start, end, entry)) found(entry, start, end);
        place = entry.next;
      }
    }
  }

  private step(from: number, point: number): number {
    for (let state = from; ; state = this.fallbacks[state] ?? 0) {
      const next = this.next.from(state, point);
      if (next !== NONE) return next;
      if (state === 0) return 0;
    }
  }

  /** A fallback is a shorter word's state, so it is known before it is asked for. */
  private shortestFirst(): number[] {
    const depths = new Int32Array(this.parents.length);
    const states: number[] = [];
    for (let state = 1; state < this.parents.length; state++) {
      depths[state] = (depths[this.parents[state] ?? 0] ?? 0) + 1;
      states.push(state);
    }
    return states.sort((one, other) => (depths[one] ?? 0) - (depths[other] ?? 0));
  }

  private addState(parent: number, point: number): number {
    const state = this.parents.length;
    this.parents.push(parent);
    this.points.push(point);
    this.ends.push(NONE);
    this.next.put(parent, point, state);
    return state;
  }
}

/** The steps from states to states, in a table with open places, and apart from it those of the first state, the most frequent. */
class Transitions {
  private readonly first = new Int32Array(COMMON).fill(NONE);
  private states = new Int32Array(16).fill(NONE);
  private points = new Int32Array(16);
  private nexts = new Int32Array(16);
  private size = 0;

  /** The state to which a code point leads; `NONE` when there is none. */
  from(state: number, point: number): number {
    if (state === 0 && point < COMMON) return this.first[point] ?? NONE;
    const mask = this.states.length - 1;
    for (let place = spreadOf(state, point) & mask; ; place = (place + 1) & mask) {
      const found = this.states[place];
      if (found === NONE) return NONE;
      if (found === state && this.points[place] === point) return this.nexts[place] ?? NONE;
    }
  }

  put(state: number, point: number, next: number): void {
    if (state === 0 && point < COMMON) {
      this.first[point] = next;
      return;
    }
    if (++this.size * 2 > this.states.length) this.grow();
    const mask = this.states.length - 1;
    let place = spreadOf(state, point) & mask;
    while (this.states[place] !== NONE) place = (place + 1) & mask;
    this.states[place] = state;
    this.points[place] = point;
    this.nexts[place] = next;
  }

  private grow(): void {
    const { states, points, nexts } = this;
    this.states = new Int32Array(states.length * 2).fill(NONE);
    this.points = new Int32Array(states.length * 2);
    this.nexts = new Int32Array(states.length * 2);
    this.size = 1;
    states.forEach((state, place) => {
      if (state !== NONE) this.put(state, points[place] ?? 0, nexts[place] ?? 0);
    });
  }
}

function spreadOf(state: number, point: number): number {
  const mixed = imul(state ^ imul(point, SPREAD[0]), SPREAD[1]);
  return mixed ^ (mixed >>> 16);
}

/** Whether a part of a text begins and ends where the word that it is may do so. */
function isWhole(
  text: readonly number[],
  start: number,
  end: number,
  { beginsAnywhere, endsAnywhere }: Entry,
): boolean {
  return (beginsAnywhere || isEdge(text, start)) && (endsAnywhere || isEdge(text, end));
}

/** Whether a word may begin or end between two code points. */
function isEdge(text: readonly number[], place: number): boolean {
  const [before = SPACE, after = SPACE] = [text[place - 1], text[place]];
  if (before === SPACE || after === SPACE) return true;
  return ((factsOf(before) | factsOf(after)) & UNSPACED) !== 0;
}
