import { type Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type ReactionsRepository } from '../../records/messages/reactions.repository.js';
import { type ReactionDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';

/**
 * How many reactions one person may give a message, and how many different ones it may have. Everyone downloads every
 * reaction of a message, so neither one person nor all together may add them without end.
 */
export class ReactionCaps implements RoomRule<ReactionDraft> {
  readonly name = 'reaction caps';

  constructor(
    private readonly settings: Pick<Settings, 'maxReactionsPerUser' | 'maxReactionKinds'>,
    private readonly reactions: Pick<ReactionsRepository, 'standing'>,
  ) {}

  async read(
    tx: Transaction,
    _token: string,
    drafts: readonly ReactionDraft[],
  ): Promise<() => Check<ReactionDraft>> {
    const added = drafts.filter(({ isRemoval }) => !isRemoval);
    const standings = await Promise.all(
      added.map(({ message, reaction, author }) => this.reactions.standing(tx, message, reaction, author.id)),
    );
    return () => (draft) => {
      const standing = standings[added.indexOf(draft)];
      if (!standing || standing.isThere) return undefined;
      const { maxReactionsPerUser, maxReactionKinds } = this.settings;
      if (standing.own >= maxReactionsPerUser) {
        return new ProtocolError('too_many_reactions', `one person may give it ${maxReactionsPerUser}`);
      }
      if (!standing.isKnown && standing.kinds >= maxReactionKinds) {
        return new ProtocolError('too_many_reactions', `it may have ${maxReactionKinds} different ones`);
      }
      return undefined;
    };
  }
}
