import { type ZodType } from 'zod';
import { type Transaction } from '../../foundation/database/database.js';
import { type Eventual } from '../../foundation/eventual.js';
import { type WriteVisit } from '../access/room-access.service.js';
import { type Verdict } from './verdict.js';

interface NamedRule<Settings> {
  /** As meters name it. */
  readonly name: string;
  /** Checks the rule's settings. Each has a default, so that it makes settings of `{}`. */
  readonly settingsSchema?: ZodType<Settings>;
}

/** A rule that needs to know nothing but the draft. It is asked before anything is locked. */
export interface DraftRule<Draft, Settings = unknown> extends NamedRule<Settings> {
  /**
   * Judges a draft. It may wait: a promise that takes longer than the gate's time limit lets the draft pass. A rule that
   * would rather hold it must do so earlier by itself.
   */
  judge(draft: Draft, settings: Settings): Eventual<Verdict>;
}

/** Judges drafts of one transaction in order of arrival. It may count a draft that it lets pass against those that follow. */
export type Check<Draft, Visit = WriteVisit> = (draft: Draft, visit: Visit) => Verdict;

/**
 * A rule that goes by where a draft leads to and by who is at work. It is asked under the lock of that place, and never
 * waits there.
 */
export interface LockedRule<Draft, Place, Visit, Settings = unknown> extends NamedRule<Settings> {
  /**
   * Reads, under the lock, what the rule needs to know to judge a group of drafts. All rules read at once.
   * @returns starts a check that goes by what was read
   */
  read(
    tx: Transaction,
    place: Place,
    drafts: readonly Draft[],
    settings: Settings,
  ): Promise<() => Check<Draft, Visit>>;
}

/** A rule for drafts to a room. It reads by the room's token, in whatever case; the room need not exist. */
export type RoomRule<Draft, Settings = unknown> = LockedRule<Draft, string, WriteVisit, Settings>;
