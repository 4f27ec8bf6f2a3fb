import { type Transaction } from '../../foundation/database/database.js';

/**
 * The kinds of locks, in the order in which every transaction takes them: cards whose effect it carries out, then rows of
 * rooms, then people (all forms of one
 * person's Session ID, by an advisory lock), then rows of users, then the list of forbidden
 * files, then what all rooms count together.
 */
const ORDER = ['answered cards', 'rooms', 'people', 'users', 'forbidden files', 'server defence'] as const;

type LockKind = (typeof ORDER)[number];

/** Stands for every lock of a kind. */
export const ALL = Symbol('all');

type Key = number | string | typeof ALL;

const heldBy = new WeakMap<Transaction, Map<LockKind, Set<Key>>>();

/**
 * Says that a transaction is about to lock something. Two transactions that take locks in different orders wait for each
 * other until PostgreSQL ends one of them, and running it again would hide that.
 * @param keys ids of rows, or absolute blinded IDs of people
 * @returns false when it holds all of them already, which it may name at any time
 * @throws Error when it holds something that comes later in the order: a fault of ours, which a test finds
 */
export function takesLocks(tx: Transaction, kind: LockKind, keys: readonly Key[]): boolean {
  if (holds(tx, kind, keys)) return false;
  const held = heldBy.get(tx);
  const later = ORDER.slice(ORDER.indexOf(kind) + 1).find((other) => held?.has(other));
  if (later !== undefined) throw new Error(`A transaction that has locked ${later} must not lock ${kind}`);
  holdsLocks(tx, kind, keys);
  return true;
}

/** Whether a transaction has locked all of these. */
export function holds(tx: Transaction, kind: LockKind, keys: readonly Key[]): boolean {
  const own = heldBy.get(tx)?.get(kind);
  return own?.has(ALL) === true || keys.every((key) => own?.has(key));
}

/** Says what a transaction has locked, where it could not tell before: it had a room's token and now has its id. */
export function holdsLocks(tx: Transaction, kind: LockKind, keys: readonly Key[]): void {
  const held = heldBy.get(tx) ?? new Map<LockKind, Set<Key>>();
  heldBy.set(tx, held);
  const own = held.get(kind) ?? new Set<Key>();
  held.set(kind, own);
  for (const key of keys) own.add(key);
}
