import { type Transaction } from '../../foundation/database/database.js';
import { type Eventual } from '../../foundation/eventual.js';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { type WriteVisit } from '../access/room-access.service.js';
import { type DraftRule, type LockedRule } from './rule.js';
import { isRefusal, type Keeping, type Ruling, type Verdict } from './verdict.js';

/** Milliseconds. */
const TIME_LIMIT = 2_000;

/** The rules of a gate, in the order in which they are asked. */
export interface RulesOfGate<Draft, Place, Visit> {
  beforeLock: readonly DraftRule<Draft>[];
  underLock: readonly LockedRule<Draft, Place, Visit>[];
}

/**
 * Asks every rule under the lock about a draft.
 * @param keeping what the rules before the lock decided
 */
export type CheckAll<Draft, Visit = WriteVisit> = (
  draft: Draft,
  visit: Visit,
  keeping: Keeping | undefined,
) => Ruling | undefined;

/**
 * The rules that drafts of one kind pass before anybody sees them.
 *
 * Rules are asked in order, those before the lock first. The first one that refuses decides, and the ones after it are
 * not asked. A rule that keeps the draft does not end this, because a draft that would be refused otherwise must not be
 * taken: rates and rights hold for kept drafts, too. When nobody refuses, the first rule that keeps the draft decides in
 * which state it is kept and what its author is told.
 */
export class Gate<Draft, Place = string, Visit = WriteVisit> {
  private readonly beforeLock: readonly WithSettings<DraftRule<Draft>>[];
  private readonly underLock: readonly WithSettings<LockedRule<Draft, Place, Visit>>[];

  /**
   * @param verdicts  counts them by the rule and by what it decided
   * @param timeLimit milliseconds for which a rule may keep a draft waiting
   */
  constructor(
    { beforeLock, underLock }: RulesOfGate<Draft, Place, Visit>,
    private readonly verdicts: LabelledValues,
    private readonly timeLimit = TIME_LIMIT,
  ) {
    this.beforeLock = beforeLock.map(withDefaultSettings);
    this.underLock = underLock.map(withDefaultSettings);
  }

  /**
   * Asks the rules that need no lock. Nothing is awaited unless a rule waits.
   * @returns what keeps the draft, if a rule does
   * @throws ProtocolError of the first rule that refuses
   */
  checkDraft(draft: Draft): Eventual<Keeping | undefined> {
    return this.askFrom(0, draft, undefined);
  }

  /**
   * Has the rules that are asked under the lock read what they need.
   * @param place where the drafts lead to: for drafts to a room its token
   * @returns starts checks that go by what was read; {@link count} those of its rulings that hold
   */
  async read(tx: Transaction, place: Place, drafts: readonly Draft[]): Promise<() => CheckAll<Draft, Visit>> {
    const read = await Promise.all(
      this.underLock.map(async ({ rule, settings }) => ({
        rule,
        startCheck: await rule.read(tx, place, drafts, settings),
      })),
    );
    return () => {
      const checks = read.map(({ rule, startCheck }) => ({ rule, check: startCheck() }));
      return (draft, visit, keeping) => {
        let first = keeping;
        for (const { rule, check } of checks) {
          const ruling = rulingOf(rule.name, check(draft, visit));
          if (!ruling) continue;
          if (isRefusal(ruling)) return ruling;
          first ??= ruling;
        }
        return first;
      };
    };
  }

  /**
   * Asks the rules under the lock about a draft that shares its transaction with no other.
   * @param keeping what the rules before the lock decided
   * @returns what keeps the draft, if a rule does
   * @throws ProtocolError of the first rule that refuses
   */
  async pass(
    tx: Transaction,
    { place, visit }: { place: Place; visit: Visit },
    draft: Draft,
    keeping: Keeping | undefined,
  ): Promise<Keeping | undefined> {
    const startCheck = await this.read(tx, place, [draft]);
    const ruling = startCheck()(draft, visit, keeping);
    if (!ruling) return undefined;
    if (isRefusal(ruling)) {
      this.count(ruling);
      throw ruling.verdict;
    }
    tx.afterCommit(() => {
      this.count(ruling);
    });
    return ruling;
  }

  /** Counts a ruling that holds. */
  count({ rule, verdict }: Ruling): void {
    this.verdicts.cell(rule, verdict instanceof Error ? 'refused' : verdict.state).value++;
  }

  private askFrom(start: number, draft: Draft, before: Keeping | undefined): Eventual<Keeping | undefined> {
    let first = before;
    for (const [index, { rule, settings }] of this.beforeLock.entries()) {
      if (index < start) continue;
      const verdict = rule.judge(draft, settings);
      if (verdict instanceof Promise) {
        return this.inTime(rule.name, verdict).then((late) =>
          this.askFrom(index + 1, draft, this.keepingOf(rule.name, late, first)),
        );
      }
      first = this.keepingOf(rule.name, verdict, first);
    }
    return first;
  }

  private keepingOf(rule: string, verdict: Verdict, first: Keeping | undefined): Keeping | undefined {
    const ruling = rulingOf(rule, verdict);
    if (!ruling) return first;
    if (!isRefusal(ruling)) return first ?? ruling;
    this.count(ruling);
    throw ruling.verdict;
  }

  private async inTime(rule: string, verdict: Promise<Verdict>): Promise<Verdict> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        this.verdicts.cell(rule, 'late').value++;
        resolve(undefined);
      }, this.timeLimit);
    });
    try {
      return await Promise.race([verdict, limit]);
    } finally {
      clearTimeout(timer);
    }
  }
}

interface WithSettings<Rule> {
  rule: Rule;
  settings: unknown;
}

function withDefaultSettings<Rule extends Pick<DraftRule<never>, 'settingsSchema'>>(
  rule: Rule,
): WithSettings<Rule> {
  return { rule, settings: rule.settingsSchema?.parse({}) };
}

function rulingOf(rule: string, verdict: Verdict): Ruling | undefined {
  if (verdict === undefined) return undefined;
  return verdict instanceof Error ? { rule, verdict } : { rule, verdict };
}
