import { Inject, Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../foundation/database/database.js';
import { isNonceTaken } from '../foundation/database/errors.js';
import { GroupCommit, type Outcome } from '../foundation/database/group-commit.js';
import { type Eventual } from '../foundation/eventual.js';
import { RoomAccess, type WriteVisit } from '../moderation/access/room-access.service.js';
import { type TextDraft } from '../moderation/gate/draft.js';
import { type CheckAll } from '../moderation/gate/gate.js';
import {
  type DefenceFacts,
  Defence,
  type DefenceMoment,
  type JudgedPost,
} from '../moderation/defence/defence.service.js';
import { type TextWatch } from '../moderation/defence/text-watch.js';
import { Gates } from '../moderation/gate/gates.service.js';
import { holdFor, isKeptForItsContent, isRefusal, type Ruling } from '../moderation/gate/verdict.js';
import { type Sodium } from '../protocol/crypto/sodium.js';
import { SODIUM } from '../protocol/identity/sodium.provider.js';
import { readContent } from '../protocol/session-protobuf/read-content.js';
import { type Room } from '../records/rooms/room.js';
import { type MessageView } from '../records/messages/message.js';
import { RepeatedPostsRepository, type UsedByPost } from '../records/messages/repeated-posts.repository.js';
import { type Proof } from '../records/nonces/proof.js';
import { type Caller, type User } from '../records/users/user.js';
import { UsersService } from '../users/users.service.js';
import { claimedFiles } from './claimed-files.js';
import { CardAnswers } from './cards/card-answers.service.js';
import { CommandDesk } from './command-desk.service.js';
import { ChallengeAnswers } from './challenges/challenge-answers.service.js';
import { type PostBody } from './message.dto.js';
import { MessageWriter, type Post } from './writing/message-writer.service.js';
import { postDigest } from './post-digest.js';
import { type EarlierPosts, type PassedPost, PostGroup, type Submission } from './post-group.js';
import { type PossibleAnswer } from './writing/possible-answer.js';
import { ServerAuthor } from './writing/server-author.service.js';

/**
 * Milliseconds between the starts of two writes to a room: whoever posts to a quiet room does not wait, and a busy room
 * takes a quarter less of the machine than with a transaction for every few posts.
 */
const WRITES_APART = 20;

/** How often a group is written when another process records the nonce of one of its requests at the same moment. */
const ATTEMPTS = 5;

/** The facts that a group of posts is judged by, all read under the room's lock. */
interface GroupFacts extends EarlierPosts {
  /** The posts, and what their authors may do, as both are known under the lock. */
  submissions: readonly Submission[];
  visits: readonly Outcome<WriteVisit>[];
  startChecks: () => CheckAll<TextDraft>;
  /** Undefined when nobody was let in. */
  defence: DefenceMoment | undefined;
}

/** The posts of a moment as they were judged. */
interface JudgedGroup {
  group: PostGroup;
  watch: TextWatch | undefined;
}

/** Takes posts of one kind before any rule that goes by the room. */
interface PostTaker {
  /** @returns undefined when it is no post of this kind, and nothing has happened */
  take(token: string, post: PossibleAnswer): Eventual<MessageView | undefined>;
}

/** The name under which meters count posts that the defence holds. */
const DEFENCE = 'defence';

/**
 * Posting (protocol 6), in stages: a post is prepared and passes the rules that need no lock; those that arrive while
 * their room is busy share a transaction, and so its lock and its commit; under the lock each is judged by itself, in
 * order of arrival, as if it had come alone; what passed is written. A post that comes again is the message that it was
 * before (protocol 3, "Repeats"), which the room's lock decides between processes.
 */
@Injectable()
export class PostingService {
  private readonly groups: GroupCommit<Submission, MessageView>;
  /** They take posts that nobody else is to see, and are asked in this order. */
  private readonly takers: readonly PostTaker[];

  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly users: UsersService,
    private readonly repeated: RepeatedPostsRepository,
    private readonly gates: Gates,
    private readonly defence: Defence,
    private readonly writer: MessageWriter,
    private readonly server: ServerAuthor,
    challengeAnswers: ChallengeAnswers,
    cardAnswers: CardAnswers,
    commands: CommandDesk,
    @Inject(SODIUM) private readonly sodium: Sodium,
  ) {
    this.takers = [commands, challengeAnswers, cardAnswers];
    this.groups = new GroupCommit(
      (token, submissions) => this.writeInsistently(token, submissions),
      WRITES_APART,
    );
  }

  /**
   * Adds a message to a room, unless the author has just done so.
   * @param proof of the request, whose nonce is recorded along with the message; undefined when it has none of its own
   * @throws ProtocolError `room_not_found`, `permission_denied`, what a rule refuses with (`too_large`,
   *   `invalid_message_signature`, `posting_too_fast`), or `nonce_reused` when the nonce is taken and its request has
   *   posted nothing
   */
  async post(token: string, author: Caller, post: PostBody, proof: Proof | undefined): Promise<MessageView> {
    const submission = this.prepare(author, post, proof);
    const keeping = this.gates.texts.checkDraft(submission);
    submission.keeping = keeping instanceof Promise ? await keeping : keeping;
    const taken = await this.takeUnpublished(token, submission);
    return taken ?? this.groups.add(token.toLowerCase(), submission);
  }

  /** No rate keeps a command, or an answer to a challenge or a card, so they are taken before the rules that go by the room. */
  private async takeUnpublished(token: string, submission: Submission): Promise<MessageView | undefined> {
    try {
      for (const taker of this.takers) {
        const taken = taker.take(token, submission);
        // Most posts are none of these, which is known at once.
        const view = taken instanceof Promise ? await taken : taken;
        if (view) return view;
      }
      return undefined;
    } catch (error) {
      // A repeat is answered like that of any other post.
      if (isNonceTaken(error)) return undefined;
      throw error;
    }
  }

  private prepare(author: Caller, post: PostBody, proof: Proof | undefined): Submission {
    const { data, signature } = post;
    const content = readContent(data);
    return {
      kind: 'post',
      author,
      data,
      signature,
      content,
      isWhisper: post.whisper_to !== undefined || post.whisper_mods,
      post,
      proof,
      digest: postDigest(post, this.sodium),
      fileIds: claimedFiles(post.files, content),
      keeping: undefined,
    };
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
    const moment = await this.lockAndRead(tx, token, submissions, looksUpNonces);
    let judged = await this.judge(tx, moment);
    // A taken nonce tells of a repeat that would be written, but not of one that would be refused by now.
    if (judged.group.refusesSome && !moment.uses) {
      judged = await this.judge(tx, { ...moment, uses: await this.usesOf(tx, submissions) });
    }
    return this.write(tx, judged, moment);
  }

  /** Takes the room's lock. Later statements find each post either committed or not begun. */
  private async lockAndRead(
    tx: Transaction,
    token: string,
    arrived: readonly Submission[],
    looksUpNonces: boolean,
  ): Promise<GroupFacts> {
    const authors = arrived.map(({ author }) => author);
    const targets = arrived.flatMap(({ post }) => post.whisper_to ?? []);
    // Asked for at once and run in this order, so all of it takes one round trip.
    const [visits, readFirst] = await Promise.all([
      this.access.visitTogetherToWrite(tx, token, authors, 'write', targets),
      this.read(tx, token, arrived, looksUpNonces),
    ]);
    // Posts under the row that a stranger has got meanwhile count, too.
    const hasKnown = visits.some(
      (visit, index) => authors[index]?.id === null && 'result' in visit && visit.result.caller.id !== null,
    );
    const submissions = hasKnown ? withAuthors(arrived, visits) : arrived;
    const { met, ...read } = hasKnown ? await this.read(tx, token, submissions, looksUpNonces) : readFirst;
    const defence = await this.defence.observe(tx, candidatesAmong(submissions, visits), met);
    return { submissions, visits, ...read, defence };
  }

  private async read(
    tx: Transaction,
    token: string,
    submissions: readonly Submission[],
    looksUpNonces: boolean,
  ): Promise<Pick<GroupFacts, 'startChecks' | 'similar' | 'uses'> & { met: DefenceFacts }> {
    const digests = submissions.map(({ digest }) => digest);
    const [startChecks, met, similar, uses] = await Promise.all([
      this.gates.texts.read(tx, token, submissions),
      this.defence.meet(tx, token, submissions),
      this.repeated.similar(tx, token, digests),
      looksUpNonces ? this.usesOf(tx, submissions) : undefined,
    ]);
    return { startChecks, met, similar, uses };
  }

  private usesOf(
    tx: Transaction,
    submissions: readonly Submission[],
  ): Promise<ReadonlyMap<string, UsedByPost>> {
    return this.repeated.usesOf(
      tx,
      submissions.flatMap(({ proof }) => proof?.nonce ?? []),
    );
  }

  private async judge(
    tx: Transaction,
    { submissions, visits, startChecks, defence, ...before }: GroupFacts,
  ): Promise<JudgedGroup> {
    const group = new PostGroup(before);
    const check = startChecks();
    const watch = defence && this.defence.start(defence);
    for (const [index, submission] of submissions.entries()) {
      if (group.settleByNonce(submission)) continue;
      const visit = visits[index];
      if (!visit) throw new Error('A post was not looked at');
      if ('refusal' in visit) group.refuse(visit.refusal);
      else if (!group.settleAsRepeat(submission)) {
        const ruling = this.rulingOf(
          check(submission, visit.result, submission.keeping),
          defence && watch && { moment: defence, watch },
          submission,
        );
        if (ruling && isRefusal(ruling)) group.refuseByRule(ruling);
        else {
          const target = this.targetOf(tx, submission);
          const whisperTo = target instanceof Promise ? await target : target;
          group.append({ submission, whisperTo, keeping: ruling });
        }
      }
    }
    return { group, watch };
  }

  /** The ruling about a post when the gate's is known: the defence counts what a rule of staff keeps, and may refuse it. */
  private rulingOf(
    byGate: Ruling | undefined,
    watching: { moment: DefenceMoment; watch: TextWatch } | undefined,
    submission: Submission,
  ): Ruling | undefined {
    if (!watching || (byGate && (isRefusal(byGate) || !isKeptForItsContent(byGate.verdict)))) return byGate;
    const { moment, watch } = watching;
    if (byGate) {
      const refusal = this.defence.judgeKept(moment, watch, submission, byGate.verdict.state === 'held');
      return refusal ? { rule: DEFENCE, verdict: refusal } : byGate;
    }
    const judgement = this.defence.judge(moment, watch, submission);
    if (judgement === undefined) return undefined;
    if (judgement instanceof Error) return { rule: DEFENCE, verdict: judgement };
    return { rule: DEFENCE, verdict: holdFor(judgement) };
  }

  private async write(
    tx: Transaction,
    { group, watch }: JudgedGroup,
    { visits, defence }: GroupFacts,
  ): Promise<Outcome<MessageView>[]> {
    for (const ruling of group.rulings) this.gates.texts.count(ruling);
    await this.repeated.record(tx, group.toRecord);
    tx.afterCommit(() => {
      for (const proof of group.recorded()) proof.isRecorded = true;
    });
    const room = roomOf(visits);
    const users = await this.access.enterTogether(
      tx,
      group.posts.map(({ submission }) => submission.author),
    );
    const posts: Post[] = [];
    const places: number[] = [];
    const entered = group.posts.map((post) => withRow(post, users));
    const { marks, written } = await this.defence.settle(tx, defence, watch, entered.map(toSettle));
    for (const [index, post] of entered.entries()) {
      places.push(posts.length);
      posts.push(toWrite(post, marks[index]));
      const whisper = post.keeping?.verdict.whisper;
      if (whisper !== undefined && room) {
        posts.push(await this.server.whisper(tx, room, { to: post.author, text: whisper }));
      }
    }
    const [views] = await Promise.all([
      room ? this.writer.append(tx, room, posts, { thenCommit: true }) : [],
      written,
    ]);
    return group.outcomes(places.flatMap((place) => views[place] ?? []));
  }

  /** The row of the person whom a post whispers to; undefined for one that is no whisper to somebody. */
  private targetOf(tx: Transaction, { post }: Submission): Eventual<User | undefined> {
    return post.whisper_to === undefined ? undefined : this.users.resolveOrCreate(tx, post.whisper_to);
  }
}

/** The room, and the posts to it whose authors were let in. */
function candidatesAmong(
  submissions: readonly Submission[],
  visits: readonly Outcome<WriteVisit>[],
): { room: Room; candidates: Submission[] } | undefined {
  const admitted = submissions.filter((_, index) => 'result' in (visits[index] ?? {}));
  const room = roomOf(visits);
  return room && { room, candidates: admitted };
}

function roomOf(visits: readonly Outcome<WriteVisit>[]): Room | undefined {
  return visits.find((visit) => 'result' in visit)?.result.room;
}

/** A post that nothing refuses, whose author has a row. */
interface EnteredPost extends PassedPost {
  author: User;
}

function withRow(
  { submission, whisperTo, keeping }: PassedPost,
  users: ReadonlyMap<string, User>,
): EnteredPost {
  const author = users.get(submission.author.sessionId);
  if (!author) throw new Error('An author got no row');
  return { submission, whisperTo, keeping, author };
}

function toSettle({ submission, keeping, author }: EnteredPost): JudgedPost<Submission> {
  return {
    post: submission,
    userId: author.id,
    isPublished: keeping === undefined && !submission.isWhisper,
  };
}

/** Copied field by field: objects that are spread take a few times as long, and a post would be three of them. */
function toWrite({ submission, whisperTo, keeping, author }: EnteredPost, marks: Post['marks']): Post {
  return {
    author,
    data: submission.data,
    signature: submission.signature,
    whisperTo,
    whisperMods: submission.post.whisper_mods,
    fileIds: submission.fileIds,
    digest: submission.digest,
    proof: submission.proof,
    isFirst: submission.author.id === null,
    state: keeping?.verdict.state ?? 'published',
    heldFor: keeping?.verdict.reason,
    ruleId: keeping?.verdict.ruleId,
    marks,
  };
}

/** The submissions, their authors as the visits have found them. */
function withAuthors(
  submissions: readonly Submission[],
  visits: readonly Outcome<WriteVisit>[],
): Submission[] {
  return submissions.map((submission, index) => {
    const visit = visits[index];
    return visit && 'result' in visit ? { ...submission, author: visit.result.caller } : submission;
  });
}
