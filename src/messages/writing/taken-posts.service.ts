import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { CommandsRepository } from '../../records/commands/commands.repository.js';
import { type MessageView } from '../../records/messages/message.js';
import { RepeatedPostsRepository } from '../../records/messages/repeated-posts.repository.js';
import { type User } from '../../records/users/user.js';
import { viewOf } from './message-writer.service.js';
import { type PossibleAnswer } from './possible-answer.js';

/**
 * Posts of staff and members that the server takes as commands or as answers to its cards: each counts once for its
 * signature, also when it comes again after its message was deleted.
 */
@Injectable()
export class TakenPosts {
  constructor(
    private readonly commands: CommandsRepository,
    private readonly repeated: RepeatedPostsRepository,
  ) {}

  /**
   * The answer to a post that was taken before; undefined when it is new. The transaction holds the room's lock, so of two
   * that come at once one is new.
   */
  async before(
    tx: Transaction,
    author: User,
    { data, signature, proof }: PossibleAnswer,
  ): Promise<MessageView | undefined> {
    const earlier = await this.commands.posted(tx, signature);
    if (!earlier) return undefined;
    if (proof) {
      await this.repeated.record(tx, [{ proof, messageId: earlier.id }]);
      tx.afterCommit(() => {
        proof.isRecorded = true;
      });
    }
    return viewOf({ author, data, signature, whisperTo: undefined, whisperMods: false }, earlier);
  }
}
