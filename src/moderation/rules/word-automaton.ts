import { ACCENTED, DISGUISED, disguised, type Disguise, OWN_LETTER } from './disguise.js';
import { cleaned, lowered, spaced } from './fold.js';

/** A word or phrase to look for; `value` is what is found with it. */
export interface WantedWord {
  /** As staff has written it: `*` at its beginning or end stands for more letters. */
  word: string;
  value: number;
}

/** Letters that a word must have to be found in one with accents, and in one with letters such as ä or ñ. */
const FEWEST_ACCENTED = 5;
const FEWEST_OWN = 7;
/** Children of a state from which on they are looked up by their code unit. */
const CROWD = 5;
const SPACE = 0x20;
const NONE = -1;
/** Scripts that put no spaces between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\ud840-\ud888\udc00-\udfff]/u;

/** A word as an automaton has it. */
interface Entry {
  /** Code units, without the stars. */
  length: number;
  letters: number;
  beginsAnywhere: boolean;
  endsAnywhere: boolean;
  value: number;
  /** The next entry that ends in the same place of the automaton. */
  next: number;
}

/** The letters of a word without its stars; empty when it has none. */
export function lettersOf(word: string): string {
  return spaced(lowered(cleaned(word.trim().replace(/^\*+|\*+$/g, '')))).trim();
}

/**
 * Finds many words in one pass over a text, however many they are (Aho and Corasick). It looks twice where a text may be in
 * disguise: at what it says, and at what an eye sees.
 */
export class WordAutomaton {
  private readonly plain = new Automaton();
  private readonly disguised = new Automaton();

  /** @param words those without letters are never found */
  constructor(words: readonly WantedWord[]) {
    for (const { word, value } of words) {
      const lower = lettersOf(word);
      if (lower === '') continue;
      const entry = {
        beginsAnywhere: /^\s*\*/.test(word),
        endsAnywhere: /\*\s*$/.test(word),
        letters: lower.replaceAll(' ', '').length,
        value,
      };
      this.plain.add(lower, entry);
      this.disguised.add(disguised(lower).trim(), entry);
    }
    this.plain.link();
    this.disguised.link();
  }

  /** Whether there is nothing to look for. */
  get isEmpty(): boolean {
    return this.plain.isEmpty;
  }

  /**
   * Finds words in a text.
   * @param words as `spaced` makes them
   * @param looks as `disguise` does
   * @param found is told the value of each word that is there, maybe several times
   */
  find(words: string, looks: Disguise | undefined, found: (value: number) => void): void {
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
function isDisguise(kinds: Uint8Array, start: number, end: number, letters: number): boolean {
  let most = 0;
  for (let place = start; place < end; place++) {
    const kind = kinds[place] ?? 0;
    if (kind === DISGUISED) return true;
    if (kind > most) most = kind;
  }
  if (most === ACCENTED) return letters >= FEWEST_ACCENTED;
  return most === OWN_LETTER && letters >= FEWEST_OWN;
}

/** The states lie in arrays: each has a first child, a sibling and the state to go on from where no child fits. */
class Automaton {
  private readonly units: number[] = [0];
  private readonly children: number[] = [NONE];
  private readonly siblings: number[] = [NONE];
  private readonly fallbacks: number[] = [0];
  /** The entries that end in a state, and the nearest state behind it by fallbacks that has some. */
  private readonly ends: number[] = [NONE];
  private readonly endsBehind: number[] = [0];
  private readonly entries: Entry[] = [];
  private readonly isCrowded: boolean[] = [];
  /** Children of states that have many, by their code unit. */
  private readonly crowds = new Map<number, Map<number, number>>();
  /** States after the first code unit, by it. */
  private readonly first = new Map<number, number>();

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  add(word: string, entry: Omit<Entry, 'length' | 'next'>): void {
    let state = 0;
    for (const unit of unitsOf(word)) {
      const child = this.childOf(state, unit);
      state = child === NONE ? this.addState(state, unit) : child;
    }
    this.entries.push({ ...entry, length: word.length, next: this.ends[state] ?? NONE });
    this.ends[state] = this.entries.length - 1;
  }

  /** Makes it ready to scan; no word is added after that. */
  link(): void {
    this.gatherCrowds();
    const open = [...this.first.values()];
    // States that are added meanwhile have their turn, too.
    for (const state of open) {
      for (let child = this.children[state] ?? NONE; child !== NONE; child = this.siblings[child] ?? NONE) {
        const fallback = this.step(this.fallbacks[state] ?? 0, this.units[child] ?? 0);
        this.fallbacks[child] = fallback;
        this.endsBehind[child] = this.ends[fallback] === NONE ? (this.endsBehind[fallback] ?? 0) : fallback;
        open.push(child);
      }
    }
  }

  scan(text: string, found: (entry: Entry, start: number, end: number) => void): void {
    if (this.isEmpty) return;
    let state = 0;
    for (let index = 0; index < text.length; index++) {
      state = this.step(state, text.charCodeAt(index));
      const ending = this.ends[state] === NONE ? (this.endsBehind[state] ?? 0) : state;
      for (let end = ending; end !== 0; end = this.endsBehind[end] ?? 0) {
        for (let place = this.ends[end] ?? NONE; place !== NONE;) {
          const entry = this.entries[place];
          if (!entry) break;
          const start = index + 1 - entry.length;
          if (isWhole(text, start, index + 1, entry)) found(entry, start, index + 1);
          place = entry.next;
        }
      }
    }
  }

  private gatherCrowds(): void {
    for (const state of this.children.keys()) {
      const crowd = new Map<number, number>();
      for (let child = this.children[state] ?? NONE; child !== NONE; child = this.siblings[child] ?? NONE) {
        crowd.set(this.units[child] ?? 0, child);
      }
      this.isCrowded.push(crowd.size >= CROWD);
      if (crowd.size >= CROWD) this.crowds.set(state, crowd);
    }
  }

  private step(from: number, unit: number): number {
    let state = from;
    for (;;) {
      const child = this.childOf(state, unit);
      if (child !== NONE) return child;
      if (state === 0) return 0;
      state = this.fallbacks[state] ?? 0;
    }
  }

  private childOf(state: number, unit: number): number {
    if (state === 0) return this.first.get(unit) ?? NONE;
    const crowd = this.isCrowded[state] && this.crowds.get(state);
    if (crowd) return crowd.get(unit) ?? NONE;
    let child = this.children[state] ?? NONE;
    while (child !== NONE && this.units[child] !== unit) child = this.siblings[child] ?? NONE;
    return child;
  }

  private addState(parent: number, unit: number): number {
    const state = this.units.length;
    this.units.push(unit);
    this.children.push(NONE);
    this.siblings.push(parent === 0 ? NONE : (this.children[parent] ?? NONE));
    this.fallbacks.push(0);
    this.ends.push(NONE);
    this.endsBehind.push(0);
    if (parent === 0) this.first.set(unit, state);
    else this.children[parent] = state;
    return state;
  }
}

function unitsOf(word: string): number[] {
  return word.split('').map((unit) => unit.charCodeAt(0));
}

/** Whether a part of a text begins and ends where the word that it is may do so. */
function isWhole(text: string, start: number, end: number, { beginsAnywhere, endsAnywhere }: Entry): boolean {
  return (beginsAnywhere || isEdge(text, start)) && (endsAnywhere || isEdge(text, end));
}

/** Whether a word may begin or end between two code units. */
function isEdge(text: string, place: number): boolean {
  if (text.charCodeAt(place - 1) === SPACE || text.charCodeAt(place) === SPACE) return true;
  return UNSPACED.test(text[place - 1] ?? ' ') || UNSPACED.test(text[place] ?? ' ');
}
