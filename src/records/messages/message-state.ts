/**
 * The readers who learn of a message. Each state is a value of the column `messages.state`; `visible-to.ts` is the rule that follows
 * from it.
 *
 * - `published`: everyone who may read it.
 * - `held`: its author alone, to whom it looks published. It may be published later, with its id and its `posted`, and a
 *   new seqno, or under a new id. `seqno_creation` stays in the former case, since readers compare it with the ids around it.
 * - `unseen`: its author alone, as a held one. It is never published. A held message that is deleted, rejected
 *   (`rejected_at`) or published under a new id leaves such a row, which tells its author of the deletion.
 * - `withdrawn`: it was published and has been taken back. Everyone who may have seen it is told of its deletion, its
 *   author included. Its row is that of a deleted message, so no reading can show it. Its text is the latest one in
 *   `message_history`, and the files that it shows stay its own, readable by nobody.
 */
export const MESSAGE_STATES = ['published', 'held', 'unseen', 'withdrawn'] as const;

export type MessageState = (typeof MESSAGE_STATES)[number];
