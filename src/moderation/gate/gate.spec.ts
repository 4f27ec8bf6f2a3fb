import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type Transaction } from '../../foundation/database/database.js';
import { LabelledValues } from '../../foundation/metrics/meter.js';
import { type WriteVisit } from '../access/room-access.service.js';
import { Gate, type RulesOfGate } from './gate.js';
import { type DraftRule, type RoomRule } from './rule.js';
import { hold, keepUnseen, type Keeping, type Ruling, type Verdict } from './verdict.js';

const NO_TRANSACTION = undefined as unknown as Transaction;
const NO_VISIT = undefined as unknown as WriteVisit;

/** Drafts are their texts here. */
function draftRule(name: string, judge: DraftRule<string>['judge']): DraftRule<string> {
  return { name, judge };
}

function roomRule(name: string, verdict: Verdict): RoomRule<string> {
  return { name, read: () => Promise.resolve(() => () => verdict) };
}

describe('a gate', () => {
  let verdicts: LabelledValues;

  const gateOf = (
    rules: Partial<RulesOfGate<string, string, WriteVisit>>,
    timeLimit?: number,
  ): Gate<string> => new Gate({ beforeLock: [], underLock: [], ...rules }, verdicts, timeLimit);
  const judge = async (
    rules: Partial<RulesOfGate<string, string, WriteVisit>>,
    keeping?: Keeping,
  ): Promise<Ruling | undefined> => {
    const startCheck = await gateOf(rules).read(NO_TRANSACTION, 'lobby', ['hello']);
    return startCheck()('hello', NO_VISIT, keeping);
  };
  const counted = (): object[] => verdicts.snapshot().values;

  beforeEach(() => {
    verdicts = new LabelledValues('counter', { name: 'verdicts', help: '', labels: ['rule', 'verdict'] });
  });

  it('lets a draft pass to which no rule objects, at once and without a promise', () => {
    const passes = draftRule('passes', () => undefined);
    expect(gateOf({ beforeLock: [passes, passes] }).checkDraft('hello')).toBeUndefined();
  });

  it('refuses by the first rule that refuses, also when an earlier one would keep the draft', async () => {
    const keeps = draftRule('keeps', () => hold());
    const refuses = draftRule('refuses', () => new ProtocolError('too_large'));
    const asked: string[] = [];
    const later = draftRule('later', () => void asked.push('later'));
    expect(() => gateOf({ beforeLock: [keeps, refuses, later] }).checkDraft('hello')).toThrow('Too large');
    expect(asked).toEqual([]);
    expect(counted()).toEqual([{ labels: { rule: 'refuses', verdict: 'refused' }, value: 1 }]);
    const refusal = new ProtocolError('posting_too_fast');
    expect(
      await judge(
        { underLock: [roomRule('keeps', keepUnseen()), roomRule('refuses', refusal)] },
        { rule: 'early', verdict: hold() },
      ),
    ).toEqual({ rule: 'refuses', verdict: refusal });
  });

  it('keeps a draft by the first rule that keeps it, rules before the lock first', async () => {
    const early = { rule: 'early', verdict: hold('why') };
    const underLock = [roomRule('unseen', keepUnseen()), roomRule('held', hold())];
    expect(await judge({ underLock }, early)).toEqual(early);
    expect(await judge({ underLock })).toEqual({ rule: 'unseen', verdict: keepUnseen() });
    const beforeLock = [draftRule('first', () => hold('first')), draftRule('second', () => keepUnseen())];
    expect(gateOf({ beforeLock }).checkDraft('hello')).toEqual({ rule: 'first', verdict: hold('first') });
  });

  it('waits for a rule that waits, and asks the later ones then', async () => {
    const asked: string[] = [];
    const waits = draftRule('waits', async () => {
      await sleep(5);
      asked.push('waits');
      return hold('slowly');
    });
    const later = draftRule('later', () => void asked.push('later'));
    const kept = gateOf({ beforeLock: [waits, later] }).checkDraft('hello');
    expect(asked).toEqual([]);
    expect(await kept).toEqual({ rule: 'waits', verdict: hold('slowly') });
    expect(asked).toEqual(['waits', 'later']);
    const refuses = draftRule('refuses', () => Promise.resolve(new ProtocolError('too_large')));
    await expect(gateOf({ beforeLock: [waits, refuses] }).checkDraft('hello')).rejects.toThrow('Too large');
  });

  it('lets a draft pass when a rule takes longer than the time limit, and counts that', async () => {
    const never = draftRule('never', () => new Promise(() => undefined));
    expect(await gateOf({ beforeLock: [never] }, 5).checkDraft('hello')).toBeUndefined();
    expect(counted()).toEqual([{ labels: { rule: 'never', verdict: 'late' }, value: 1 }]);
  });

  it('gives each rule its settings, which have defaults', () => {
    const most: DraftRule<string, { most: number }> = {
      name: 'most',
      settingsSchema: z.object({ most: z.int().default(3) }),
      judge: (draft, settings) => (draft.length > settings.most ? hold() : undefined),
    };
    const gate = gateOf({ beforeLock: [most] });
    expect(gate.checkDraft('abc')).toBeUndefined();
    expect(gate.checkDraft('abcd')).toMatchObject({ rule: 'most' });
  });

  it('counts rulings by their rule and by what they decide', () => {
    const gate = gateOf({});
    for (const verdict of [hold(), keepUnseen(), new ProtocolError('banned')]) {
      gate.count({ rule: 'strict', verdict } as Ruling);
    }
    expect(counted()).toEqual(
      ['held', 'unseen', 'refused'].map((verdict) => ({ labels: { rule: 'strict', verdict }, value: 1 })),
    );
  });
});
