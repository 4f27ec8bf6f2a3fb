import { Inject, Injectable } from '@nestjs/common';
import { type Proof } from '../records/nonces/proof.js';
import { Settings } from '../foundation/config/settings.js';
import { type Sodium } from '../protocol/crypto/sodium.js';
import { Database, type Transaction } from '../foundation/database/database.js';
import { isNonceTaken } from '../foundation/database/errors.js';
import { GroupCommit, type Outcome } from '../foundation/database/group-commit.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { SODIUM } from '../protocol/identity/sodium.provider.js';
import { RoomAccess, type RoomVisit } from '../moderation/access/room-access.service.js';
import { readContent } from '../protocol/session-protobuf/read-content.js';
import { type User } from '../records/users/user.js';
import { UsersService } from '../users/users.service.js';
import { claimedFiles } from './claimed-files.js';
import { MessageChangesRepository } from '../records/messages/message-changes.repository.js';
import { MessageContents } from './message-contents.service.js';
import { type PostBody } from './message.dto.js';
import { type MessageView } from '../records/messages/message.js';
import { MessageWriter, type Post } from './message-writer.service.js';
import { type Before, PostGroup, type Submission } from './post-group.js';
import { postDigest } from './post-digest.js';
import { RepeatedPostsRepository, type UsedByPost } from '../records/messages/repeated-posts.repository.js';

/**
 * Milliseconds between the starts of two writes to a room: whoever posts to a quiet room does not wait, and a busy room
 * takes a quarter less of the machine than with a transaction for every few posts.
 */
const WRITES_APART = 20;

/** How often a group is written when another process records the nonce of one of its requests at the same moment. */
const ATTEMPTS = 5;

const NONE_USED: ReadonlyMap<string, UsedByPost> = new Map();

/**
 * Posting (protocol 6). Posts that arrive while their room is busy share a transaction, and so its lock and its
 * commit; each is let in or refused by itself, in order of arrival, as if it had come alone. A post that comes again is
 * the message that it was before (protocol 3, "Repeats"), which the room's lock decides between processes.
 */
@Injectable()
export class PostingService {
  private readonly groups: GroupCommit<Submission, MessageView>;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly users: UsersService,
    private readonly messages: MessageChangesRepository,
    private readonly repeated: RepeatedPostsRepository,
    private readonly contents: MessageContents,
    private readonly writer: MessageWriter,
    @Inject(SODIUM) private readonly sodium: Sodium,
  ) {
    this.groups = new GroupCommit(
      (token, submissions) => this.writeInsistently(token, submissions),
      WRITES_APART,
    );
  }

  /**
   * Adds a message to a room, unless the author has just done so.
   * @param proof of the request, whose nonce is recorded along with the message; undefined when it has none of its own
   * @throws ProtocolError `too_large`, `invalid_message_signature`, `room_not_found`, `permission_denied`,
   *   `posting_too_fast`, or `nonce_reused` when the nonce is taken and its request has posted nothing
   */
  async post(token: string, author: User, post: PostBody, proof: Proof | undefined): Promise<MessageView> {
    this.contents.check(author, post);
    const digest = postDigest(post, this.sodium);
    const submission = { author, post, proof, digest, content: readContent(post.data) };
    return this.groups.add(token.toLowerCase(), submission);
  }

  private async writeInsistently(
    token: string,
    submissions: readonly Submission[],
  ): Promise<Outcome<MessageView>[]> {
    for (let attempts = 1; ; attempts++) {
      try {
        return await this.database.transact((tx) => this.writeTogether(tx, token, submissions, attempts > 1));
      } catch (error) {
        // Next time the nonces are looked up before anything is written.
        if (!isNonceTaken(error) || attempts >= ATTEMPTS) throw error;
      }
    }
  }

  private async writeTogether(
    tx: Transaction,
    token: string,
    submissions: readonly Submission[],
    looksUpNonces: boolean,
  ): Promise<Outcome<MessageView>[]> {
    const authors = submissions.map(({ author }) => author);
    const nonces = submissions.flatMap(({ proof }) => proof?.nonce ?? []);
    // Asked for at once, run in this order: what is under the room's lock has been committed or has not begun.
    const [visits, recent, similar, uses] = await Promise.all([
      this.access.visitTogetherToWrite(tx, token, authors, 'write'),
      this.recentPosts(tx, token, authors),
      this.repeated.similar(
        tx,
        token,
        submissions.map(({ digest }) => digest),
      ),
      looksUpNonces ? this.repeated.usesOf(tx, nonces) : NONE_USED,
    ]);
    const decide = (before: Before): Promise<PostGroup> =>
      this.decide(tx, submissions, visits, new Map(recent), before);
    let group = await decide({ similar, uses });
    // The primary key of nonces tells of a repeat that would be written, but not of one that would be refused by now.
    if (group.refusesSome && !looksUpNonces) {
      group = await decide({ similar, uses: await this.repeated.usesOf(tx, nonces) });
    }
    await this.repeated.record(tx, group.toRecord);
    tx.afterCommit(() => {
      for (const proof of group.recorded()) proof.isRecorded = true;
    });
    const room = visits.find((visit) => 'result' in visit)?.result.room;
    const views = room ? await this.writer.append(tx, room, group.posts, { thenCommit: true }) : [];
    return group.outcomes(views);
  }

  private async decide(
    tx: Transaction,
    submissions: readonly Submission[],
    visits: readonly Outcome<RoomVisit>[],
    recent: Map<number, number>,
    before: Before,
  ): Promise<PostGroup> {
    const group = new PostGroup(before);
    for (const [index, submission] of submissions.entries()) {
      if (group.settleByNonce(submission)) continue;
      const visit = visits[index];
      const refusal = refusalOf(submission, visit);
      if (refusal) group.refuse(refusal);
      else if (!group.settleAsRepeat(submission)) {
        if (this.isTooFast(submission, visit, recent)) group.refuse(new ProtocolError('posting_too_fast'));
        else group.append(await this.toPost(tx, submission));
      }
    }
    return group;
  }

  private recentPosts(
    tx: Transaction,
    token: string,
    authors: readonly User[],
  ): Promise<Map<number, number>> {
    const ids = [...new Set(authors.map((author) => author.id))];
    return this.messages.countRecent(tx, token, ids, this.settings.postRateInterval);
  }

  /** Whether its author posts too fast; otherwise counts the post. */
  private isTooFast(
    { author: { id } }: Submission,
    visit: Outcome<RoomVisit> | undefined,
    recent: Map<number, number>,
  ): boolean {
    const count = recent.get(id) ?? 0;
    const isAdmin = visit !== undefined && 'result' in visit && visit.result.may.admin;
    if (!isAdmin && count >= this.settings.postRateLimit) return true;
    recent.set(id, count + 1);
    return false;
  }

  private async toPost(tx: Transaction, { author, post, digest, proof, content }: Submission): Promise<Post> {
    const target = post.whisper_to;
    return {
      author,
      data: post.data,
      signature: post.signature,
      whisperTo: target === undefined ? undefined : await this.users.resolveOrCreate(tx, target),
      whisperMods: post.whisper_mods,
      fileIds: claimedFiles(post.files, content),
      digest,
      proof,
    };
  }
}

function refusalOf({ post }: Submission, visit: Outcome<RoomVisit> | undefined): Error | undefined {
  if (!visit || 'refusal' in visit) return visit?.refusal ?? new ProtocolError('internal');
  if ((post.whisper_to !== undefined || post.whisper_mods) && !visit.result.may.moderator) {
    return new ProtocolError('permission_denied', "whispering takes the room's moderator permission");
  }
  return undefined;
}
