import { type ZodType } from 'zod';
import { type Transaction } from '../../foundation/database/database.js';
import { type Eventual } from '../../foundation/eventual.js';
import { type RoomVisit } from '../access/room-access.service.js';
import { type Verdict } from './verdict.js';

interface Rule<Settings> {
  /** As meters name it. */
  readonly name: string;
  /** Checks the rule's settings. Each has a default, so that it makes settings of `{}`. */
  readonly settingsSchema?: ZodType<Settings>;
}

/** A rule that needs to know nothing but the draft. It is asked before anything is locked. */
export interface DraftRule<Draft, Settings = unknown> extends Rule<Settings> {
  /**
   * Judges a draft. It may wait: a promise that takes longer than the gate's time limit lets the draft pass. A rule that
   * would rather hold it must do so earlier by itself.
   */
  judge(draft: Draft, settings: Settings): Eventual<Verdict>;
}

/** Judges drafts to one room in order of arrival. What it lets pass it may count against those that follow. */
export type Check<Draft> = (draft: Draft, visit: RoomVisit) => Verdict;

/** A rule that goes by the room and by who is at work. It is asked under the room's lock, and never waits there. */
export interface RoomRule<Draft, Settings = unknown> extends Rule<Settings> {
  /**
   * Reads, under the room's lock, what the rule needs to know to judge a group of drafts. All rules read at once.
   * @param token of the room, in whatever case; it need not exist
   * @returns starts a check that goes by what was read
   */
  read(
    tx: Transaction,
    token: string,
    drafts: readonly Draft[],
    settings: Settings,
  ): Promise<() => Check<Draft>>;
}
