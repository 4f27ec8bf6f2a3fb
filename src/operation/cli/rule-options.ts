import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { MEDIA_KINDS } from '../../records/rules/rule-condition.js';
import { RULE_CONSEQUENCES, RULE_PLACES, RULE_TRUST, USUAL_PLACES } from '../../records/rules/rule.js';
import { countArgument, durationArgument } from './arguments.js';
import { UsageError } from './usage-error.js';

/** The options by which a rule is written on the command line. */
export interface RuleOptions {
  words?: readonly string[];
  wordsFrom?: string;
  pattern?: readonly string[];
  scripts?: readonly string[];
  onlyScripts?: readonly string[];
  letters?: number;
  denyLinks?: readonly string[];
  allowLinks?: readonly string[];
  invites?: true;
  mostLinks?: number;
  media?: readonly string[];
  mostMentions?: number;
  mostCharacters?: number;
  mostLines?: number;
  repeats?: number;
  within?: number;
  in?: readonly string[];
  trust?: string;
  then?: string;
  for?: number;
  say?: string;
}

/** Adds the options that say what a rule looks for, whom it concerns and what follows. */
export function withRuleOptions(command: Command): Command {
  return command
    .option('--words <words...>', 'words and phrases; “coin*” begins a word, “*coin*” is any part of one')
    .option('--words-from <file>', 'words of a file, one in a line')
    .option('--pattern <patterns...>', 'regular expressions of RE2, without regard to case')
    .option('--scripts <list>', 'scripts as Unicode names them, such as Arabic,Cyrillic', listArgument)
    .option('--only-scripts <list>', 'any other script than these', listArgument)
    .option('--letters <n>', 'so many letters of such a script; 1 by default', countArgument)
    .option('--deny-links <list>', 'links to these domains, and to those below them', listArgument)
    .option('--allow-links <list>', 'links to any other domain', listArgument)
    .option('--invites', 'invitations to groups of other messengers')
    .option('--most-links <n>', 'more links than that', numberArgument)
    .option('--media <list>', `some of ${MEDIA_KINDS.join(',')}`, listArgument)
    .option('--most-mentions <n>', 'more mentions of people than that', numberArgument)
    .option('--most-characters <n>', 'more characters than that', numberArgument)
    .option('--most-lines <n>', 'more lines than that', countArgument)
    .option('--repeats <n>', 'the same text as in so many of one’s own messages', countArgument)
    .option('--within <time>', 'of the last 10m or so', durationArgument)
    .option(
      '--in <list>',
      `some of ${RULE_PLACES.join(',')}; by default ${USUAL_PLACES.join(',')}`,
      listArgument,
    )
    .addOption(
      new Option('--trust <level>', 'people who are trusted so far at most; staff never').choices(RULE_TRUST),
    )
    .addOption(
      new Option('--then <consequence>', 'what follows once it is armed; hold by default').choices(
        RULE_CONSEQUENCES,
      ),
    )
    .option('--for <time>', 'how long “mute” mutes, such as 1h', durationArgument)
    .option('--say <words>', 'what the person is told besides the name of the rule');
}

/**
 * The rule that options mean, to be checked as one.
 * @param pathOf a file that an option names
 * @throws UsageError when they name nothing to look for, or things that no single rule looks for
 */
export async function ruleOfOptions(
  name: string,
  options: RuleOptions,
  pathOf: (file: string) => string,
): Promise<object> {
  const conditions = [
    await wordsCondition(options, pathOf),
    options.pattern && { looksFor: 'patterns', patterns: options.pattern },
    scriptsOf(options),
    linksOf(options),
    options.media && { looksFor: 'media', kinds: options.media },
    options.mostMentions !== undefined && { looksFor: 'mentions', most: options.mostMentions },
    lengthOf(options),
    repetitionOf(options),
  ].filter((condition) => condition !== undefined && condition !== false);
  const [condition] = conditions;
  if (!condition)
    throw new UsageError(`what does the rule look for? ${plazaCommand('rules add --help')} lists it`);
  if (conditions.length > 1) throw new UsageError('a rule looks for one kind of thing: make several rules');
  const { trust, then, for: seconds, say } = options;
  return {
    name,
    if: condition,
    ...(options.in && { in: options.in }),
    ...(trust !== undefined && { trust }),
    ...(then !== undefined && { then }),
    ...(seconds !== undefined && { seconds }),
    ...(say !== undefined && { says: say }),
  };
}

/** The words of a text, one in a line; empty lines and those that begin with `#` are none. */
function wordsIn(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== '' && !line.startsWith('#')))];
}

async function wordsCondition(
  { words, wordsFrom }: RuleOptions,
  pathOf: (file: string) => string,
): Promise<object | undefined> {
  const read = wordsFrom === undefined ? [] : wordsIn(await readFile(pathOf(wordsFrom), 'utf8'));
  return words || wordsFrom !== undefined
    ? { looksFor: 'words', words: [...(words ?? []), ...read] }
    : undefined;
}

function scriptsOf({ scripts, onlyScripts, letters }: RuleOptions): object | undefined {
  if (scripts && onlyScripts) throw new UsageError('either --scripts or --only-scripts');
  if (!scripts && !onlyScripts) return undefined;
  return {
    looksFor: 'scripts',
    scripts: scripts ?? onlyScripts,
    ...(onlyScripts && { others: true }),
    ...(letters !== undefined && { letters }),
  };
}

function linksOf({ denyLinks, allowLinks, invites, mostLinks }: RuleOptions): object | undefined {
  if (!denyLinks && !allowLinks && !invites && mostLinks === undefined) return undefined;
  return {
    looksFor: 'links',
    ...(denyLinks && { denied: denyLinks }),
    ...(allowLinks && { allowed: allowLinks }),
    ...(invites && { invites }),
    ...(mostLinks !== undefined && { most: mostLinks }),
  };
}

function lengthOf({ mostCharacters, mostLines }: RuleOptions): object | undefined {
  if (mostCharacters === undefined && mostLines === undefined) return undefined;
  return {
    looksFor: 'length',
    ...(mostCharacters !== undefined && { most: mostCharacters }),
    ...(mostLines !== undefined && { lines: mostLines }),
  };
}

function repetitionOf({ repeats, within = 600 }: RuleOptions): object | undefined {
  return repeats === undefined ? undefined : { looksFor: 'repetition', times: repeats, seconds: within };
}

function listArgument(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function numberArgument(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError(`a number, or 0, not ${JSON.stringify(text)}`);
}
