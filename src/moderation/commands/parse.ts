import { distance } from 'fastest-levenshtein';
import { secondsOf } from '../../foundation/duration.js';
import { type CommandDefinition } from './command-definition.js';

/** A command as it was written: its name, and the words after it. */
export interface WrittenCommand {
  /** In lower case, without its slash; empty for a slash alone. */
  name: string;
  rest: string;
}

/** How somebody is named in a command. */
export type PersonMention =
  | { kind: 'session id'; sessionId: string }
  /** Digits that an ID begins with, those of its kind left out, and those that it ends with. */
  | { kind: 'digits'; begins: string; ends: string };

/** The words before the text of a command. */
export interface CommandOptions {
  seconds: number | undefined;
  isEverywhere: boolean;
  isEverything: boolean;
  text: string;
}

/** Changes of letters by which a name may be mistyped. */
const MISTYPED = 2;
const EVERYTHING = ['everything', 'del', 'delete'];
/** Seconds beyond which a time is for ever: ten years. */
const LONGEST = 10 * 365 * 24 * 60 * 60;
const FOREVER = ['forever', 'always'];

/** Reads the text of a post that begins with a slash. */
export function readWritten(body: string): WrittenCommand {
  const [, name = '', rest = ''] = /^[\s\p{Cf}]*[/／]\s*([\p{L}\p{N}_-]*)[\s,:]*(.*)$/su.exec(body) ?? [];
  return { name: name.toLowerCase(), rest: rest.trim() };
}

/** The command of a name; undefined when there is none. */
export function commandNamed(
  name: string,
  commands: readonly CommandDefinition[],
): CommandDefinition | undefined {
  return commands.find((command) => command.name === name || command.also?.includes(name));
}

/** The command whose name is most like a mistyped one; undefined when none is. */
export function suggestionFor(
  name: string,
  commands: readonly CommandDefinition[],
): CommandDefinition | undefined {
  const near = commands
    .map((command) => {
      const names = [command.name, ...(command.also ?? [])];
      const begins = name.length > 1 && names.some((other) => other.startsWith(name));
      return { command, away: begins ? 0 : Math.min(...names.map((other) => distance(name, other))) };
    })
    .filter(({ command, away }) => away <= Math.min(MISTYPED, command.name.length - 1))
    .sort((one, other) => one.away - other.away);
  return near[0]?.command;
}

/** Reads a word that names somebody by their ID: a mention, the whole ID, or eight of its digits and more. */
export function readMention(word: string): PersonMention | undefined {
  const bare = word.replace(/^[@(<]+|[)>,:]+$/gu, '').toLowerCase();
  if (/^[01]5[0-9a-f]{64}$/.test(bare)) return { kind: 'session id', sessionId: bare };
  const [, begins, ends = ''] = /^([0-9a-f]{4,66})(?:(?:…|\.{2,3})([0-9a-f]{4,}))?$/.exec(bare) ?? [];
  if (begins === undefined || begins.length + ends.length < 8) return undefined;
  // A number such as 20261126 can be digits of an ID; a time such as 30000000d can be, too, and is taken for one.
  return { kind: 'digits', begins: begins.replace(/^[01]5(?=[0-9a-f]{2})/, ''), ends };
}

/** The id of a message, written as `#123` or `123`. */
export function readMessageId(word: string): number | undefined {
  const [, digits] = /^#?([1-9]\d{0,15})$/.exec(word) ?? [];
  const id = digits === undefined ? Number.NaN : Number(digits);
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Reads the options that words begin with, in whatever order; the rest is the text. */
export function readOptions(
  words: readonly string[],
  takes: NonNullable<CommandDefinition['takes']> = [],
): CommandOptions {
  const options: CommandOptions = { seconds: undefined, isEverywhere: false, isEverything: false, text: '' };
  let used = 0;
  for (const word of words) {
    if (!readOption(word.toLowerCase(), takes, options)) break;
    used++;
  }
  return { ...options, text: words.slice(used).join(' ') };
}

function readOption(
  word: string,
  takes: NonNullable<CommandDefinition['takes']>,
  options: CommandOptions,
): boolean {
  const said = FOREVER.includes(word) ? Infinity : secondsOf(word);
  const seconds = said !== undefined && said > LONGEST ? Infinity : said;
  if (takes.includes('time') && options.seconds === undefined && seconds !== undefined && seconds > 0) {
    options.seconds = seconds;
  } else if (takes.includes('all') && word === 'all') options.isEverywhere = true;
  else if (takes.includes('everything') && EVERYTHING.includes(word)) options.isEverything = true;
  else return false;
  return true;
}
