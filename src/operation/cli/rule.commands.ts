import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { PLAZA } from '../../moderation/access/actor.js';
import {
  type CountedRule,
  parsedRule,
  Rulebook,
  RuleProblem,
} from '../../moderation/rulebook/rulebook.service.js';
import { DryRun, type DryRunReport } from '../../moderation/rulebook/dry-run.service.js';
import { ruleFileOf, rulesInFile, ruleTextOf } from '../../moderation/rulebook/rule-file.js';
import { describeCondition } from '../../moderation/rulebook/describe-rule.js';
import { type Rule } from '../../records/rules/rule.js';
import { counted } from '../../foundation/wording.js';
import { durationText } from '../../foundation/duration.js';
import { countArgument, durationArgument, idArgument, roomTokenArgument } from './arguments.js';
import { type CommandContext } from './command-context.js';
import { formatMoment } from './output.js';
import { ruleOfOptions, type RuleOptions, withRuleOptions } from './rule-options.js';
import { UsageError } from './usage-error.js';

interface PlaceOptions {
  room?: string;
  json?: true;
}

function describe(rule: CountedRule): string {
  const { id, room, name, then, seconds, trust, armedAt, hits, recent } = rule;
  const state = armedAt === null ? 'watch' : `armed since ${formatMoment(armedAt)}`;
  const follows = seconds === undefined ? then : `${then} ${durationText(seconds)}`;
  const counts = `hits: ${hits}, in 7 days: ${recent}`;
  return [
    id,
    room ?? '-',
    name,
    describeCondition(rule),
    rule.in.join(','),
    trust,
    follows,
    state,
    counts,
  ].join('\t');
}

/** Reads a rule from outside; throws UsageError when it is none. */
function ruleFrom(text: unknown): ReturnType<typeof parsedRule> {
  try {
    return parsedRule(text);
  } catch (error) {
    throw error instanceof RuleProblem ? new UsageError(error.message) : error;
  }
}

/** `plaza rules …`: what people may not say in a room, or anywhere. */
export function registerRuleCommands(program: Command, context: CommandContext): void {
  const rules = program
    .command('rules')
    .description('Rules for what people say: what they look for, whom they concern, what follows.');
  registerList(rules, context);
  registerAdd(rules, context);
  registerArming(rules, context);
  registerMove(rules, context);
  registerRemove(rules, context);
  registerDryRun(rules, context);
  registerRuleFiles(rules, context);
}

/** `plaza rules list`: lists rules. */
function registerList(rules: Command, context: CommandContext): void {
  rules
    .command('list')
    .description(
      'List them in the order in which they are asked: id, room, name, what they look for, where, trust, what follows, state, hits.',
    )
    .option('--room <token>', 'those that hold in this room, the server’s included', roomTokenArgument)
    .option('--json', 'print JSON')
    .action(async ({ room, json }: PlaceOptions) => {
      const list = await context.withCommunity((services) =>
        services.get(Rulebook).list(PLAZA, room ?? null),
      );
      if (json) context.output.json(list);
      else context.output.lines(list.map(describe));
    });
}

/** `plaza rules add`: adds a rule that watches. */
function registerAdd(rules: Command, context: CommandContext): void {
  withRuleOptions(
    rules
      .command('add')
      .description('Add a rule, which only counts what it would hit until it is armed.')
      .argument('<name>', 'its name, which people whom it hits are told'),
  )
    .option('--room <token>', 'for this room alone', roomTokenArgument)
    .option('--json', 'print JSON')
    .action(async (name: string, { room, json, ...options }: RuleOptions & PlaceOptions) => {
      const text = ruleFrom(await ruleOfOptions(name, options, (file) => context.pathOf(file)));
      const rule = await context.changeCommunity((tx, services) =>
        services.get(Rulebook).add(tx, PLAZA, room ?? null, text),
      );
      print(
        context,
        rule,
        json,
        `rule ${rule.id} watches; ${plazaCommand(`rules test ${rule.id}`)} shows what it would hit`,
      );
    });
}

/** `plaza rules arm` and `plaza rules watch`: have a rule act, or only count. */
function registerArming(rules: Command, context: CommandContext): void {
  for (const [name, isArmed, help] of [
    ['arm', true, 'Have a rule act from now on.'],
    ['watch', false, 'Have a rule count what it would hit, and change nothing.'],
  ] as const) {
    rules
      .command(name)
      .description(help)
      .argument('<id>', 'the first column of the list', idArgument)
      .option('--json', 'print JSON')
      .action(async (id: number, { json }: PlaceOptions) => {
        const rule = await context.changeCommunity((tx, services) =>
          services.get(Rulebook).arm(tx, PLAZA, { id }, isArmed),
        );
        print(context, rule, json, `rule ${id} ${isArmed ? 'is armed' : 'watches'}`);
      });
  }
}

/** `plaza rules move`: changes the order of rules. */
function registerMove(rules: Command, context: CommandContext): void {
  rules
    .command('move')
    .description('Change the order in which rules are asked: the first one that is armed decides.')
    .argument('<id>', 'the first column of the list', idArgument)
    .option('--before <id>', 'before this one, of the same place', idArgument)
    .option('--last', 'behind all others')
    .option('--json', 'print JSON')
    .action(async (id: number, { before, last, json }: { before?: number; last?: true; json?: true }) => {
      if ((before === undefined) === (last === undefined))
        throw new UsageError('say either --before ID or --last');
      const rule = await context.changeCommunity((tx, services) =>
        services.get(Rulebook).move(tx, PLAZA, id, before),
      );
      print(context, rule, json, `rule ${id} is moved; plaza rules list shows the order`);
    });
}

/** `plaza rules remove`: removes a rule. */
function registerRemove(rules: Command, context: CommandContext): void {
  rules
    .command('remove')
    .description('Remove a rule; plaza undo gives it back.')
    .argument('<id>', 'the first column of the list', idArgument)
    .option('--json', 'print JSON')
    .action(async (id: number, { json }: PlaceOptions) => {
      const rule = await context.changeCommunity((tx, services) =>
        services.get(Rulebook).remove(tx, PLAZA, { id }),
      );
      print(context, rule, json, `rule ${id} is removed`);
    });
}

interface TestOptions extends RuleOptions, PlaceOptions {
  last?: number;
  examples: number;
}

function registerDryRun(rules: Command, context: CommandContext): void {
  withRuleOptions(
    rules
      .command('test')
      .description(
        'Show what a rule would have hit among stored messages of people whom it concerns, as they are trusted now. It changes nothing.',
      )
      .argument('[id]', 'a rule of the list, unless options say what to look for', idArgument),
  )
    .option('--room <token>', 'among those of this room; of the rule’s own one by default', roomTokenArgument)
    .option('--last <time>', 'among those of the last 7d or so', durationArgument)
    .option('--examples <n>', 'how many of the newest to show', countArgument, 5)
    .option('--json', 'print JSON')
    .action(async (id: number | undefined, { room, last, examples, json, ...options }: TestOptions) => {
      const written =
        id === undefined
          ? ruleFrom(await ruleOfOptions('test', options, (file) => context.pathOf(file)))
          : undefined;
      const report = await context.withCommunity(async (services) => {
        const rule = id === undefined ? undefined : await services.get(Rulebook).find(id);
        const text = written ?? rule;
        if (!text) throw new RuleProblem(`there is no rule ${id}`);
        const scope = { place: room ?? rule?.room ?? null, seconds: last };
        return services.get(DryRun).run(PLAZA, ruleTextOf(text), scope, examples);
      });
      if (json) context.output.json(report);
      else context.output.lines(describeReport(report));
    });
}

function describeReport({ messages, hits, people, examples }: DryRunReport): string[] {
  return [
    `${hits} of ${counted(messages, 'message')}, by ${counted(people, 'person', 'people')}`,
    ...examples.map(({ id, text }) => `${id}\t${text}`),
  ];
}

function registerRuleFiles(rules: Command, context: CommandContext): void {
  rules
    .command('export')
    .description('Print rules as a file that other communities can import.')
    .option('--room <token>', 'those of this room; those of the server by default', roomTokenArgument)
    .action(async ({ room }: PlaceOptions) => {
      const list = await context.withCommunity((services) =>
        services.get(Rulebook).list(PLAZA, room ?? null),
      );
      const own = list.filter((rule) => (room === undefined ? rule.room === null : rule.room !== null));
      context.output.json(ruleFileOf(own));
    });
  rules
    .command('import')
    .description('Add the rules of a file, which watch; one of the same name is replaced by them.')
    .argument('<file>', 'a file that plaza rules export has printed')
    .option('--room <token>', 'for this room alone', roomTokenArgument)
    .option('--json', 'print JSON')
    .action(async (file: string, { room, json }: PlaceOptions) => {
      const texts = rulesInFile(await readFile(context.pathOf(file), 'utf8'));
      const report = await context.changeCommunity((tx, services) =>
        services.get(Rulebook).import(tx, PLAZA, room ?? null, texts),
      );
      if (json) context.output.json(report);
      else {
        const { added, changed, same } = report;
        context.output.lines([`${added} added, ${changed} changed, ${same} were there; those two watch`]);
      }
    });
}

function print(context: CommandContext, rule: Rule, json: true | undefined, line: string): void {
  if (json) context.output.json(rule);
  else context.output.lines([line]);
}
