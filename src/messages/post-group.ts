import { type Proof } from '../records/nonces/proof.js';
import { type Outcome } from '../foundation/database/group-commit.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type PostBody } from './message.dto.js';
import { type TextDraft } from '../moderation/gate/draft.js';
import { type Keeping, type Refusal, type Ruling } from '../moderation/gate/verdict.js';
import { type MessageView } from '../records/messages/message.js';
import { viewOf } from './writing/message-writer.service.js';
import { type User } from '../records/users/user.js';
import {
  type PostedMessage,
  type SimilarMessage,
  type UsedByPost,
} from '../records/messages/repeated-posts.repository.js';

/** A post on its way into a room. */
export interface Submission extends TextDraft {
  post: PostBody;
  /** The proof of the request, if it has a nonce of its own. */
  proof: Proof | undefined;
  /** As `postDigest` makes it. */
  digest: number;
  /** Files that it claims. */
  fileIds: readonly number[];
  /** The decision of the rules before the lock, unless they let it pass. */
  keeping: Keeping | undefined;
}

/** A post that nothing refuses. */
export interface PassedPost {
  submission: Submission;
  /** The person whom it whispers to. */
  whisperTo: User | undefined;
  /** Why it is kept from others; undefined for one that is published. */
  keeping: Keeping | undefined;
}

/** The posts that were there before, under the room's lock. */
export interface EarlierPosts {
  /** By nonce in hex; undefined as long as nobody has looked. */
  uses: ReadonlyMap<string, UsedByPost> | undefined;
  similar: readonly SimilarMessage[];
}

/** Posts that share a transaction, and what becomes of each: it is refused, written, or was written before. */
export class PostGroup {
  /** To be written, in order. */
  readonly posts: PassedPost[] = [];
  /** Nonces of requests that posted again what is a message already. */
  readonly toRecord: { proof: Proof; messageId: number }[] = [];
  /** In the order of the submissions; a number is the place among those that are written. */
  private readonly settled: (Outcome<MessageView> | number)[] = [];
  private readonly repeated: Proof[] = [];
  /** Places of those that are written, by what recognizes them. */
  private readonly places = new Map<string, number>();

  /** The decisions of rules about those that are refused or kept. */
  readonly rulings: Ruling[] = [];

  constructor(private readonly before: EarlierPosts) {}

  refuse(refusal: Error): void {
    this.settled.push({ refusal });
  }

  refuseByRule(refusal: Refusal): void {
    this.rulings.push(refusal);
    this.refuse(refusal.verdict);
  }

  append(post: PassedPost): void {
    const { author, digest } = post.submission;
    this.places.set(`${author.sessionId} ${digest}`, this.posts.length);
    this.settled.push(this.posts.length);
    this.posts.push(post);
    if (post.keeping) this.rulings.push(post.keeping);
  }

  /** Settles the repeat of a request, and anything else under a used nonce; false when the nonce is new. */
  settleByNonce(submission: Submission): boolean {
    const { proof } = submission;
    const use = proof && this.before.uses?.get(proof.nonce.toString('hex'));
    if (!use) return false;
    if (use.message && use.fingerprint?.equals(proof.fingerprint)) {
      this.repeated.push(proof);
      this.settled.push({ result: again(submission, use.message) });
    } else {
      this.refuse(new ProtocolError('nonce_reused'));
    }
    return true;
  }

  /**
   * Settles what its author has posted before by another request; false when it is new, which it is, too, when nothing
   * in it tells when it was written.
   */
  settleAsRepeat(submission: Submission): boolean {
    const { author, content, digest, proof } = submission;
    const place = this.places.get(`${author.sessionId} ${digest}`);
    const message = this.before.similar.find(
      (similar) => similar.digest === digest && similar.userId === author.id,
    );
    if ((place === undefined && !message) || content?.timestamp === undefined) return false;
    if (message) {
      if (proof) this.toRecord.push({ proof, messageId: message.id });
      this.settled.push({ result: again(submission, message) });
    } else if (place !== undefined) {
      this.settled.push(place);
    }
    return true;
  }

  /** Whether any of the submissions was refused. */
  get refusesSome(): boolean {
    return this.settled.some((outcome) => typeof outcome !== 'number' && 'refusal' in outcome);
  }

  /** The requests whose nonces the transaction records, or has found recorded. */
  recorded(): Proof[] {
    return [
      ...this.repeated,
      ...this.toRecord.map(({ proof }) => proof),
      ...this.posts.flatMap(({ submission }) => submission.proof ?? []),
    ];
  }

  /** @param views of the posts that were written */
  outcomes(views: readonly MessageView[]): Outcome<MessageView>[] {
    return this.settled.map((outcome) => {
      if (typeof outcome !== 'number') return outcome;
      const view = views[outcome];
      return view ? { result: view } : { refusal: new Error('A post was not written') };
    });
  }
}

/** The answer as it was when the message was posted, whatever has become of it since. */
function again({ author, post }: Submission, message: PostedMessage): MessageView {
  const { data, signature, whisper_mods: whisperMods } = post;
  const whisperTo = message.whisperTo === null ? undefined : { sessionId: message.whisperTo };
  return viewOf({ author, data, signature, whisperTo, whisperMods }, message);
}
