import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { Database, type Transaction } from '../database/database.js';
import { GroupCommit, type Outcome } from '../database/group-commit.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { RoomAccess, type RoomVisit } from '../moderation/room-access.service.js';
import { type User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { MessageChangesRepository } from './message-changes.repository.js';
import { MessageContents } from './message-contents.service.js';
import { type PostBody } from './message.dto.js';
import { type MessageView } from './message.js';
import { MessageWriter, type Post } from './message-writer.service.js';

/**
 * Milliseconds between the starts of two writes to a room: whoever posts to a quiet room does not wait, and a busy room
 * takes a quarter less of the machine than with a transaction for every few posts.
 */
const WRITES_APART = 20;

/** A post on its way into a room. */
interface Submission {
  author: User;
  post: PostBody;
}

/**
 * Posting (protocol 6). Posts that arrive while their room is busy share a transaction, and so its lock and its
 * commit; each is let in or refused by itself, in order of arrival, as if it had come alone.
 */
@Injectable()
export class PostingService {
  private readonly groups: GroupCommit<Submission, MessageView>;

  constructor(
    private readonly settings: Settings,
    private readonly access: RoomAccess,
    private readonly users: UsersService,
    private readonly messages: MessageChangesRepository,
    private readonly contents: MessageContents,
    private readonly writer: MessageWriter,
    database: Database,
  ) {
    this.groups = new GroupCommit(
      (token, submissions) => database.transact((tx) => this.writeTogether(tx, token, submissions)),
      WRITES_APART,
    );
  }

  /**
   * Adds a message to a room.
   * @throws ProtocolError `too_large`, `invalid_message_signature`, `room_not_found`, `permission_denied` or
   *   `posting_too_fast`
   */
  async post(token: string, author: User, post: PostBody): Promise<MessageView> {
    this.contents.check(author, post);
    return this.groups.add(token.toLowerCase(), { author, post });
  }

  private async writeTogether(
    tx: Transaction,
    token: string,
    submissions: readonly Submission[],
  ): Promise<Outcome<MessageView>[]> {
    const authors = submissions.map(({ author }) => author);
    const [visits, recent] = await Promise.all([
      this.access.visitTogetherToWrite(tx, token, authors, 'write'),
      this.recentPosts(tx, token, authors),
    ]);
    const room = visits.find((visit) => 'result' in visit)?.result.room;
    if (!room) return visits.filter((visit) => 'refusal' in visit);

    const refusals: (Error | undefined)[] = [];
    const posts: Post[] = [];
    for (const [index, submission] of submissions.entries()) {
      const refusal = this.refusalOf(submission, visits[index], recent);
      refusals.push(refusal);
      if (refusal) continue;
      posts.push(await this.toPost(tx, submission));
      const { id } = submission.author;
      recent.set(id, (recent.get(id) ?? 0) + 1);
    }
    const views = await this.writer.append(tx, room, posts, { thenCommit: true });
    return refusals.map((refusal) => {
      const view = refusal ? undefined : views.shift();
      return view ? { result: view } : { refusal: refusal ?? new Error('A post was not written') };
    });
  }

  private recentPosts(
    tx: Transaction,
    token: string,
    authors: readonly User[],
  ): Promise<Map<number, number>> {
    const ids = [...new Set(authors.map((author) => author.id))];
    return this.messages.countRecent(tx, token, ids, this.settings.postRateInterval);
  }

  private refusalOf(
    { author, post }: Submission,
    visit: Outcome<RoomVisit> | undefined,
    recent: ReadonlyMap<number, number>,
  ): Error | undefined {
    if (!visit || 'refusal' in visit) return visit?.refusal ?? new ProtocolError('internal');
    const { may } = visit.result;
    if ((post.whisper_to !== undefined || post.whisper_mods) && !may.moderator) {
      return new ProtocolError('permission_denied', "whispering takes the room's moderator permission");
    }
    const isTooFast = !may.admin && (recent.get(author.id) ?? 0) >= this.settings.postRateLimit;
    return isTooFast ? new ProtocolError('posting_too_fast') : undefined;
  }

  private async toPost(tx: Transaction, { author, post }: Submission): Promise<Post> {
    const target = post.whisper_to;
    return {
      author,
      data: post.data,
      signature: post.signature,
      whisperTo: target === undefined ? undefined : await this.users.resolveOrCreate(tx, target),
      whisperMods: post.whisper_mods,
      fileIds: post.files,
    };
  }
}
