import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type Event } from '../../records/events/event.js';
import { type Actor } from '../access/actor.js';
import { Rulebook, RuleProblem } from '../rulebook/rulebook.service.js';
import { CannotUndo, present, type Undoings } from './undoing.js';

/** Taking back what changed rules of staff. */
@Injectable()
export class RuleUndoings {
  readonly all: Undoings = {
    'rule.add': (tx, actor, event) =>
      explained(async () => {
        const { name } = await this.rules.remove(tx, actor, changedRule(event));
        return `there is no rule ${name} any more`;
      }),
    'rule.change': (tx, actor, event) => explained(() => this.changeBack(tx, actor, event)),
    'rule.remove': (tx, actor, event) =>
      explained(async () => {
        await this.rules.restore(tx, actor, event.before);
        return `the rule ${event.before.name} is there again`;
      }),
  };

  constructor(private readonly rules: Rulebook) {}

  /** Parts that had no value have none again. */
  private async changeBack(
    tx: Transaction,
    actor: Actor,
    { before, after, target }: Event<'rule.change'>,
  ): Promise<string> {
    const { name } = await this.rules.change(tx, actor, { id: Number(present(target)) }, (rule) => {
      const added = Object.keys(after).filter((part) => !(part in before));
      const kept = Object.entries(rule).filter(([part]) => !added.includes(part));
      return { ...(Object.fromEntries(kept) as unknown as typeof rule), ...before };
    });
    return `the rule ${name} is as it was before`;
  }
}

function changedRule({ target }: Event): { id: number } {
  return { id: Number(present(target)) };
}

async function explained(undo: () => Promise<string>): Promise<string> {
  try {
    return await undo();
  } catch (error) {
    throw error instanceof RuleProblem ? new CannotUndo(error.message) : error;
  }
}
