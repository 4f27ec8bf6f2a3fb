import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { counted } from '../../foundation/wording.js';
import { MEDIA_KINDS, type RuleCondition } from '../../records/rules/rule-condition.js';
import { type Rule } from '../../records/rules/rule.js';
import { DryRun } from '../rulebook/dry-run.service.js';
import { parsedRule, Rulebook, RuleProblem } from '../rulebook/rulebook.service.js';
import {
  type CommandDefinition,
  CommandMistake,
  type CommandEffect,
  type CommandOrder,
} from './command-definition.js';

/** Stored messages that a try of a word looks at. */
const TRIED = 5_000;
const EXAMPLES = 3;

type Links = Extract<RuleCondition, { looksFor: 'links' }>;

/** The rules that commands change: one of each kind in a room, by this name. */
const NAMES = { word: 'words', links: 'links', media: 'media' } as const;

/** Commands about what people may not say: each changes one rule of the room, which watches until it is armed. */
@Injectable()
export class RuleCommands {
  readonly all: readonly CommandDefinition[] = [
    {
      name: 'word',
      also: ['words'],
      about: 'nothing',
      usage: '<add | del | test> <word or phrase, …> | <arm | watch>',
      giver: 'moderator',
      help: 'Adds words and phrases to those that are held, or takes them away; “coin*” begins a word, “*coin*” is any part of one. “test” shows what a word would have hit. The words count only what they would hit until “arm”.',
      undo: '/word del or /undo',
      run: (order) => this.word(order),
    },
    {
      name: 'links',
      also: ['link'],
      about: 'nothing',
      usage: '<deny | allow> <example.com …> | invites <on | off> | most <2 | off> | <arm | watch | off>',
      giver: 'moderator',
      help: 'Says which links are held: those to some domains, to all but some, invitations to other messengers, or more than so many. They are only counted until “arm”.',
      undo: '/links off or /undo',
      run: (order) => this.links(order),
    },
    {
      name: 'media',
      about: 'nothing',
      usage: `<${MEDIA_KINDS.join(' | ')} …> | <arm | watch | off>`,
      giver: 'moderator',
      help: 'Says which kinds of files are held. They are only counted until “arm”.',
      undo: '/media off or /undo',
      run: (order) => this.media(order),
    },
  ];

  constructor(
    private readonly rules: Rulebook,
    private readonly dryRun: DryRun,
  ) {}

  private word(order: CommandOrder): Promise<CommandEffect> {
    const [verb, rest] = split(order.text);
    const words = rest.split(/[,،、\n]+/u).flatMap((word) => word.trim() || []);
    if (verb === 'arm' || verb === 'watch') return this.arm(order, 'word', verb);
    if (words.length === 0) throw new CommandMistake('Say add, del or test, and a word.');
    if (verb === 'test') return this.test(order, words);
    if (verb !== 'add' && verb !== 'del') throw new CommandMistake('Say add, del or test.');
    return this.set(order, 'word', (before) => {
      const old = before?.looksFor === 'words' ? before.words : [];
      const changed = words.map((word) => word.toLowerCase());
      const left = old.filter((word) => !changed.includes(word.toLowerCase()));
      if (verb === 'del' && left.length === old.length)
        throw new CommandMistake('That is none of the words.');
      const all = verb === 'add' ? [...left, ...words] : left;
      return all.length === 0 ? undefined : { looksFor: 'words', words: all };
    });
  }

  private async test({ actor, room }: CommandOrder, words: readonly string[]): Promise<CommandEffect> {
    const text = await explained(() =>
      Promise.resolve(parsedRule({ name: 'test', if: { looksFor: 'words', words } })),
    );
    const scope = { place: room.token, most: TRIED, isBesideOthers: true };
    const { hits, messages, people, examples } = await this.dryRun.run(actor, text, scope, EXAMPLES);
    const shown = examples.map(({ text }) => ` “${text}”`).join('');
    return `It would have hit ${hits} of the last ${counted(messages, 'message')}, by ${counted(people, 'person', 'people')}.${shown}`;
  }

  private links(order: CommandOrder): Promise<CommandEffect> {
    const [verb, rest] = split(order.text);
    if (verb === 'off') return this.set(order, 'links', () => undefined);
    if (verb === 'arm' || verb === 'watch') return this.arm(order, 'links', verb);
    const change = linksChange(verb, rest);
    return this.set(order, 'links', (before) => {
      const old = before?.looksFor === 'links' ? before : {};
      const links = Object.entries(change(old)).filter(
        ([part, value]) => part !== 'looksFor' && value !== undefined,
      );
      return links.length === 0 ? undefined : { ...Object.fromEntries(links), looksFor: 'links' };
    });
  }

  private media(order: CommandOrder): Promise<CommandEffect> {
    const words = order.text
      .toLowerCase()
      .split(/[\s,]+/u)
      .filter((word) => word !== '');
    const [verb = ''] = words;
    if (verb === 'off') return this.set(order, 'media', () => undefined);
    if (verb === 'arm' || verb === 'watch') return this.arm(order, 'media', verb);
    if (words.length === 0) throw new CommandMistake(`Say some of ${MEDIA_KINDS.join(', ')}, or off.`);
    return this.set(order, 'media', () => ({ looksFor: 'media', kinds: words }));
  }

  private arm(
    order: CommandOrder,
    command: keyof typeof NAMES,
    verb: 'arm' | 'watch',
  ): Promise<CommandEffect> {
    const which = { name: NAMES[command], room: order.room.token };
    return order.finish((tx) =>
      explained(async () => {
        const rule = await this.rules.arm(tx, order.actor, which, verb === 'arm');
        return stateOf(rule, command);
      }),
    );
  }

  /** @param change makes the condition of the rule; undefined when nothing is left of it */
  private set(
    order: CommandOrder,
    command: keyof typeof NAMES,
    change: (before: RuleCondition | undefined) => object | undefined,
  ): Promise<CommandEffect> {
    return order.finish((tx) => explained(() => this.change(tx, order, command, change)));
  }

  private async change(
    tx: Transaction,
    { actor, room }: CommandOrder,
    command: keyof typeof NAMES,
    change: (before: RuleCondition | undefined) => object | undefined,
  ): Promise<string> {
    const name = NAMES[command];
    const there = await this.rules.named(tx, name, room.token);
    const condition = change(there?.if);
    if (condition === undefined) {
      if (!there) return 'There is no such rule here.';
      await this.rules.remove(tx, actor, { id: there.id });
      return `The rule “${name}” is gone.`;
    }
    const text = parsedRule({ name, if: condition });
    const rule = there
      ? await this.rules.change(tx, actor, { id: there.id }, (before) => ({ ...before, if: text.if }))
      : await this.rules.add(tx, actor, room.token, text);
    return stateOf(rule, command);
  }
}

/** The change of the parts of a rule about links that words ask for. */
function linksChange(verb: string, rest: string): (before: Partial<Links>) => Partial<Links> {
  const domains = rest.split(/[\s,]+/u).filter((word) => word !== '');
  switch (verb) {
    case 'deny':
    case 'allow': {
      if (domains.length === 0) throw new CommandMistake('Say which domains.');
      const part = verb === 'deny' ? 'denied' : 'allowed';
      return (before) => ({ ...before, [part]: [...new Set([...(before[part] ?? []), ...domains])] });
    }
    case 'invites': {
      if (rest !== 'on' && rest !== 'off') throw new CommandMistake('Say on or off.');
      return (before) => ({ ...before, invites: rest === 'on' ? true : undefined });
    }
    case 'most': {
      if (rest !== 'off' && !/^\d{1,3}$/.test(rest)) throw new CommandMistake('Say how many links, or off.');
      return (before) => ({ ...before, most: rest === 'off' ? undefined : Number(rest) });
    }
    default:
      throw new CommandMistake('Say deny, allow, invites, most, arm, watch or off.');
  }
}

function stateOf({ id, name, armedAt }: Rule, command: string): string {
  if (armedAt !== null) return `The rule “${name}” (${id}) is armed: what it hits is held.`;
  return `The rule “${name}” (${id}) watches: it only counts what it hits. /${command} arm has it hold that.`;
}

/** The first word in lower case, and the rest. */
function split(text: string): [string, string] {
  const [, verb = '', rest = ''] = /^(\S*)\s*(.*)$/su.exec(text.trim()) ?? [];
  return [verb.toLowerCase(), rest.trim()];
}

async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RuleProblem ? new CommandMistake(`That can’t be: ${error.message}.`) : error;
  }
}
