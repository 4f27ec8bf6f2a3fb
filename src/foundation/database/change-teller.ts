/**
 * Tells what a transaction of this process has changed before its caller is answered, so that the next request of
 * whoever was answered finds the change, whichever process takes it.
 */
export interface ChangeTeller {
  /**
   * Has every cache forget what has changed.
   * @param subjects as the change feed names them, such as `room:lobby`
   * @param hearers whom to wait for
   * @returns when all processes that this one waits for have done so; it never rejects
   */
  tell(subjects: readonly string[], hearers: ChangeHearers): Promise<void>;
}

/** Processes that must have heard of a change before its caller is answered; all others do milliseconds later. */
export type ChangeHearers = 'this machine' | 'all machines';

/** Under which {@link ChangeTeller} is injected. */
export const CHANGE_TELLER = Symbol('plaza:change-teller');

/** For a process without caches. */
export const TELLS_NOBODY: ChangeTeller = { tell: () => Promise.resolve() };
