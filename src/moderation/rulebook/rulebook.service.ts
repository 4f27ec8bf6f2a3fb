import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { type Transaction } from '../../foundation/database/database.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { type Rule, type RuleHits, type RuleText, ruleTextSchema } from '../../records/rules/rule.js';
import { MOST_WORDS } from '../../records/rules/rule-condition.js';
import { RulesRepository } from '../../records/rules/rules.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { type CompiledRules } from '../rules/compiled-rules.js';
import { PatternProblem } from '../rules/pattern-set.js';
import { RuleCache } from '../rules/rule-cache.service.js';

/** Rules of one room, and of the server. */
const MOST_RULES = 100;
/** The position of a rule that has none yet. */
const LAST = Number.MAX_SAFE_INTEGER;
/** Words of all rules of one place together. */
const MOST_WORDS_TOGETHER = 4 * MOST_WORDS;

/** Something about rules that can't be done; the message says why in a line. */
export class RuleProblem extends Error {
  override readonly name = 'RuleProblem';
}

/** A rule with how often it hit. */
export interface CountedRule extends Rule, RuleHits {}

/** A place that has rules: a room by its token, or the whole server. */
export type RulePlaceToken = string | null;

/** A rule by its id, or by its name in a place. */
export type RuleName = { id: number } | { name: string; room: RulePlaceToken };

/** The rules of staff for what people say. A rule that is added watches until somebody arms it. */
@Injectable()
export class Rulebook {
  constructor(
    private readonly clock: Clock,
    private readonly access: RoomAccess,
    private readonly rules: RulesRepository,
    private readonly cache: RuleCache,
    private readonly events: EventsRepository,
  ) {}

  /**
   * The rules that hold in a room, the server's before its own, or the server's alone, in order.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async list(actor: Actor, place: RulePlaceToken): Promise<CountedRule[]> {
    const room = place === null ? null : await this.access.look(place, actor, 'moderator');
    const rules = [...(await this.rules.of(null)), ...(room ? await this.rules.of(room.token) : [])];
    const hits = await this.rules.hitsOf(rules.map(({ id }) => id));
    return rules.map((rule) => ({ ...rule, ...(hits.get(rule.id) ?? { hits: 0, recent: 0 }) }));
  }

  /** The names of the rules that are armed in a room, in order; for everybody. */
  async armedIn(token: string): Promise<Rule[]> {
    const rules = [...(await this.rules.of(null)), ...(await this.rules.of(token))];
    return rules.filter(({ armedAt }) => armedAt !== null);
  }

  /** Forgets how often rules hit long ago. For the job. */
  forgetOldHits(): Promise<void> {
    return this.rules.forgetOldHits();
  }

  /** A room's own rule of a name, in whatever case. */
  async named(tx: Transaction, name: string, token: string): Promise<Rule | undefined> {
    const rules = await this.rules.of(token, tx);
    return rules.find((rule) => isSame(rule.name, name));
  }

  /** A rule, whoever asks; undefined when there is none. */
  find(id: number): Promise<Rule | undefined> {
    return this.rules.find(id);
  }

  /**
   * Adds a rule, which watches.
   * @throws RuleProblem or ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async add(tx: Transaction, actor: Actor, place: RulePlaceToken, text: RuleText): Promise<Rule> {
    await this.prepare(tx, actor, place, (others) => [...others, draftOf(text, place)]);
    const room = await this.open(tx, actor, place);
    const others = await this.rulesIn(tx, room);
    refuseBeyondMost(others);
    if (others.some(({ name }) => isSame(name, text.name))) {
      throw new RuleProblem(`there is a rule ${text.name} already`);
    }
    await this.checkTogether(place, [...others, draftOf(text, place)]);
    return this.put(tx, actor, room, text);
  }

  /**
   * Changes what a rule says, or whether it is armed.
   * @param change gets the rule as it is, and returns it as it is to be
   * @throws RuleProblem or ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async change(tx: Transaction, actor: Actor, which: RuleName, change: (rule: Rule) => Rule): Promise<Rule> {
    const before = await this.get(tx, which);
    const isIt = ({ id }: Rule): boolean => id === before.id;
    const withIt = (rules: readonly Rule[], changed: Rule): Rule[] =>
      rules.map((rule) => (isIt(rule) ? changed : rule));
    const planned = read(change(before));
    if (looksElsewhere(before, planned)) {
      await this.prepare(tx, actor, before.room, (rules) => withIt(rules, planned));
    }
    const room = await this.open(tx, actor, before.room);
    const current = await this.get(tx, { id: before.id });
    const changed = change(current);
    if (isDeepStrictEqual(changed, current)) return current;
    const rules = await this.rulesIn(tx, room);
    const others = rules.filter((rule) => !isIt(rule));
    if (others.some(({ name }) => isSame(name, changed.name))) {
      throw new RuleProblem(`there is a rule ${changed.name} already`);
    }
    const after = read(changed);
    if (looksElsewhere(current, after)) await this.checkTogether(before.room, withIt(rules, after));
    await this.makeWay(tx, others, current.position, after.position);
    await this.rewrite(tx, actor, room, { before: current, after });
    return after;
  }

  /**
   * Changes the order of a place.
   * @param before the rule of the same place before which this one comes; left out for behind all
   * @throws as {@link change}
   */
  async move(tx: Transaction, actor: Actor, id: number, before?: number): Promise<Rule> {
    const { room } = await this.get(tx, { id });
    const others = (await this.rules.of(room, tx)).filter((rule) => rule.id !== id);
    const next = others.find((rule) => rule.id === before);
    if (before !== undefined && !next) throw new RuleProblem(`there is no rule ${before} beside rule ${id}`);
    const last = Math.max(0, ...others.map(({ position }) => position));
    return this.change(tx, actor, { id }, (rule) => {
      if (!next) return { ...rule, position: Math.max(rule.position, last) };
      return { ...rule, position: next.position > rule.position ? next.position - 1 : next.position };
    });
  }

  /**
   * Adds rules of a file, which watch. One whose name is there already takes its place, and watches, too, unless it says the
   * same.
   * @throws as {@link add}
   */
  async import(
    tx: Transaction,
    actor: Actor,
    place: RulePlaceToken,
    texts: readonly RuleText[],
  ): Promise<{ added: number; changed: number; same: number }> {
    await this.prepare(tx, actor, place, (rules) => merged(rules, texts, place));
    const room = await this.open(tx, actor, place);
    const report = { added: 0, changed: 0, same: 0 };
    const rules = await this.rulesIn(tx, room);
    for (const text of texts) {
      const index = rules.findIndex(({ name }) => isSame(name, text.name));
      const there = rules[index];
      if (!there) {
        refuseBeyondMost(rules);
        rules.push(await this.put(tx, actor, room, text));
        report.added++;
        continue;
      }
      const { id, room: token, position, armedAt } = there;
      const wanted: Rule = { ...text, id, room: token, position, armedAt };
      if (isDeepStrictEqual(wanted, there)) report.same++;
      else {
        const after = read({ ...wanted, armedAt: null });
        await this.rewrite(tx, actor, room, { before: there, after });
        rules[index] = after;
        report.changed++;
      }
    }
    // To compile them takes long, and the room waits: once is enough, and nothing of this is kept when they are refused.
    await this.checkTogether(place, rules);
    return report;
  }

  /** Arms a rule, or has it watch again. @throws as {@link change} */
  arm(tx: Transaction, actor: Actor, which: RuleName, isArmed: boolean): Promise<Rule> {
    return this.change(tx, actor, which, (rule) => ({
      ...rule,
      armedAt: isArmed ? (rule.armedAt ?? this.clock.seconds()) : null,
    }));
  }

  /**
   * Removes a rule.
   * @throws RuleProblem or ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async remove(tx: Transaction, actor: Actor, which: RuleName): Promise<Rule> {
    const { id, room: place } = await this.get(tx, which);
    const room = await this.open(tx, actor, place);
    const rule = await this.get(tx, { id });
    await this.rules.remove(tx, id);
    this.tell(tx, room);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'rule.remove',
      target: String(id),
      ...(room && { room: room.token }),
      before: rule,
    });
    return rule;
  }

  /** Gives a removed rule back, with its id, its place and whether it was armed. @throws as {@link add} */
  async restore(tx: Transaction, actor: Actor, rule: Rule): Promise<void> {
    const room = await this.open(tx, actor, rule.room);
    const others = await this.rulesIn(tx, room);
    if (others.some(({ id, name }) => id === rule.id || isSame(name, rule.name))) {
      throw new RuleProblem(`there is a rule ${rule.name} again`);
    }
    await this.checkTogether(rule.room, [...others, rule]);
    await this.put(tx, actor, room, rule);
  }

  /** Moves the rules between two positions by one, so that the one that leaves the first has the second to itself. */
  private async makeWay(tx: Transaction, others: readonly Rule[], from: number, to: number): Promise<void> {
    if (from === to) return;
    const [lowest, highest, step] = to < from ? [to, from - 1, 1] : [from + 1, to, -1];
    for (const rule of others) {
      if (rule.position < lowest || rule.position > highest) continue;
      await this.rules.change(tx, { ...rule, position: rule.position + step });
    }
  }

  private async rewrite(
    tx: Transaction,
    actor: Actor,
    room: Room | null,
    { before, after }: { before: Rule; after: Rule },
  ): Promise<void> {
    await this.rules.change(tx, after);
    this.tell(tx, room);
    const names = (Object.keys({ ...before, ...after }) as (keyof Rule)[]).filter(
      (name) => !isDeepStrictEqual(before[name], after[name]),
    );
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'rule.change',
      target: String(after.id),
      ...(room && { room: room.token }),
      before: pick(before, names),
      after: pick(after, names),
    });
  }

  private async put(
    tx: Transaction,
    actor: Actor,
    room: Room | null,
    text: RuleText & Partial<Rule>,
  ): Promise<Rule> {
    const id = await this.rules.add(tx, room?.id ?? null, text);
    const rule = await this.get(tx, { id });
    this.tell(tx, room);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'rule.add',
      target: String(id),
      ...(room && { room: room.token }),
      after: rule,
    });
    return rule;
  }

  private async open(tx: Transaction, actor: Actor, place: RulePlaceToken): Promise<Room | null> {
    const room = place === null ? null : await this.access.open(tx, place, actor, 'moderator');
    if (room === null) await this.access.openServer(tx, actor, 'moderator');
    await this.rules.lock(tx);
    return room;
  }

  /**
   * Compiles the rules of a room as they will be, before its lock is taken: posts would wait for it. The result is looked at
   * again under the lock, where others may have been faster.
   * @throws RuleProblem or ProtocolError `room_not_found` or `permission_denied`
   */
  private async prepare(
    tx: Transaction,
    actor: Actor,
    place: RulePlaceToken,
    change: (rules: readonly Rule[]) => readonly Rule[],
  ): Promise<void> {
    if (place === null) return;
    await this.access.lookWithin(tx, place, actor, 'moderator');
    await this.checkTogether(place, change(await this.rules.of(place, tx)));
  }

  /** Whether all rules of a place can be compiled together. @throws RuleProblem */
  private async checkTogether(place: RulePlaceToken, rules: readonly Rule[]): Promise<void> {
    const words = rules.flatMap(({ if: condition }) =>
      condition.looksFor === 'words' ? condition.words : [],
    );
    if (words.length > MOST_WORDS_TOGETHER) {
      throw new RuleProblem(`all rules together may have ${MOST_WORDS_TOGETHER} words`);
    }
    const inOrder = [...rules].sort((one, other) => one.position - other.position || one.id - other.id);
    await compiled(this.cache.prepare(place, inOrder));
  }

  private rulesIn(tx: Transaction, room: Room | null): Promise<Rule[]> {
    return this.rules.of(room?.token ?? null, tx);
  }

  private async get(tx: Transaction, which: RuleName): Promise<Rule> {
    if ('id' in which) {
      const rule = await this.rules.find(which.id, tx);
      if (!rule) throw new RuleProblem(`there is no rule ${which.id}`);
      return rule;
    }
    const rules = await this.rules.of(which.room, tx);
    const rule = rules.find(({ name }) => isSame(name, which.name));
    if (!rule) throw new RuleProblem(`there is no rule ${which.name}`);
    return rule;
  }

  /** A rule holds everywhere once it is answered, as a ban does. */
  private tell(tx: Transaction, room: Room | null): void {
    tx.changes(`rules:${room?.token.toLowerCase() ?? ''}`, 'all machines');
  }
}

/**
 * Checks a rule that came from outside.
 * @throws RuleProblem with what is wrong in a line
 */
export function parsedRule(text: unknown): RuleText {
  const result = ruleTextSchema.safeParse(text);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new RuleProblem(`${where}${issue?.message ?? 'it is no rule'}`);
}

/**
 * Waits for rules to be compiled.
 * @throws RuleProblem for a pattern that can't be used
 */
export async function compiled(rules: Promise<CompiledRules>): Promise<CompiledRules> {
  try {
    return await rules;
  } catch (error) {
    throw error instanceof PatternProblem ? new RuleProblem(error.message) : error;
  }
}

/** A rule that is not kept yet. */
export function draftOf(text: RuleText, room: RulePlaceToken): Rule {
  return { ...text, id: 0, room, position: LAST, armedAt: null };
}

/** A rule whose text is checked. @throws RuleProblem */
function read({ id, room, position, armedAt, ...text }: Rule): Rule {
  return { id, room, position, armedAt, ...parsedRule(text) };
}

/** Whether a rule looks for other things after a change, so that rules have to be compiled. */
function looksElsewhere(before: Rule, after: Rule): boolean {
  return !isDeepStrictEqual(before.if, after.if);
}

/** The rules of a place as they will be with those of a file. */
function merged(rules: readonly Rule[], texts: readonly RuleText[], place: RulePlaceToken): Rule[] {
  const all = [...rules];
  for (const text of texts) {
    const index = all.findIndex(({ name }) => isSame(name, text.name));
    const there = all[index];
    if (there) all[index] = { ...draftOf(text, place), id: there.id, position: there.position };
    else all.push(draftOf(text, place));
  }
  return all;
}

function refuseBeyondMost(rules: readonly Rule[]): void {
  if (rules.length >= MOST_RULES) throw new RuleProblem(`there are ${MOST_RULES} rules, and no more can be`);
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function pick(rule: Rule, names: readonly (keyof Rule)[]): Partial<Rule> {
  return Object.fromEntries(names.map((name) => [name, rule[name]]));
}
