import * as z from 'zod';
import { type Rule, type RuleText } from '../../records/rules/rule.js';
import { parsedRule, RuleProblem } from './rulebook.service.js';

const FORMAT = 'plaza rules';
const VERSION = 1;

const fileSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  rules: z.array(z.unknown()),
});

/** A file of rules that communities share: what they say, and not whether they are armed or how often they hit. */
export function ruleFileOf(rules: readonly Rule[]): object {
  return {
    format: FORMAT,
    version: VERSION,
    rules: rules.map(ruleTextOf),
  };
}

/** The rules of a file. @throws RuleProblem with what is wrong in a line */
export function rulesInFile(file: string): RuleText[] {
  let read: unknown;
  try {
    read = JSON.parse(file);
  } catch {
    throw new RuleProblem('the file is no JSON');
  }
  const result = fileSchema.safeParse(read);
  if (!result.success) throw new RuleProblem(`the file has no rules of version ${VERSION}`);
  return result.data.rules.map((rule, index) => {
    try {
      return parsedRule(rule);
    } catch (error) {
      throw error instanceof RuleProblem ? new RuleProblem(`rule ${index + 1}: ${error.message}`) : error;
    }
  });
}

/** The text of a rule, apart from where it is and whether it is armed. */
export function ruleTextOf({
  name,
  if: condition,
  in: places,
  trust,
  then,
  seconds,
  says,
}: RuleText): RuleText {
  return {
    name,
    if: condition,
    in: places,
    trust,
    then,
    ...(seconds !== undefined && { seconds }),
    ...(says !== undefined && { says }),
  };
}
