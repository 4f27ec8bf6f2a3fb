import { Injectable } from '@nestjs/common';
import { unpad } from '../../protocol/crypto/padding.js';
import { type Proof } from '../../records/nonces/proof.js';
import { type Transaction } from '../../foundation/database/database.js';
import { FilesRepository } from '../../records/files/files.repository.js';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type DefenceMarks } from '../../moderation/defence/defence.service.js';
import { type Room } from '../../records/rooms/room.js';
import { type Caller, type User } from '../../records/users/user.js';
import {
  MessageChangesRepository,
  type NewMessage,
  type WrittenMessage,
} from '../../records/messages/message-changes.repository.js';
import { type MessageView } from '../../records/messages/message.js';
import { type HoldReason } from '../../records/defence/held.js';
import { type PossibleAnswer } from './possible-answer.js';
import { type MessageState } from '../../records/messages/message-state.js';

/** The person whom a whisper is for. */
export type Addressee = Pick<User, 'id' | 'sessionId'>;

/** A message whose signature has been checked or made. */
export interface Post {
  author: User;
  /** With its padding. */
  data: Buffer;
  /** 64 raw bytes. */
  signature: Buffer;
  whisperTo: Addressee | undefined;
  whisperMods: boolean;
  /** Files that this message claims: those that are uploads of the author in this room become its own. */
  fileIds: readonly number[];
  /** As `postDigest` makes it; undefined for what the server says itself. */
  digest?: number;
  /** The proof of the request, if it has a nonce of its own. */
  proof?: Proof | undefined;
  /** Whether it brings its author's row. */
  isFirst?: boolean;
  /** `published` when left out. */
  state?: MessageState;
  /** Left out for a message that is not held. */
  heldFor?: HoldReason | undefined;
  /** The rule of staff that keeps it, if one does. */
  ruleId?: number | undefined;
  /** Left out for a message that the defence did not look at. */
  marks?: DefenceMarks | undefined;
}

const UNMARKED: DefenceMarks = { likeness: null, incidentId: null };

/**
 * The one way in which messages come into a room, users' as well as the server's own. It takes their seqnos under the
 * room's lock, which the transaction keeps until it commits: so seqnos become visible in order.
 */
@Injectable()
export class MessageWriter {
  private readonly written: LabelledValues;

  constructor(
    private readonly messages: MessageChangesRepository,
    private readonly files: FilesRepository,
    meters: Meters,
  ) {
    this.written = meters.counter({
      name: 'plaza_posts_total',
      help: 'Messages posted, by room.',
      labels: ['room'],
    });
  }

  /**
   * Adds messages to a room in their order, and returns them as their authors see them.
   * @param thenCommit whether the transaction ends with that
   */
  async append(
    tx: Transaction,
    room: Room,
    posts: readonly Post[],
    { thenCommit = false } = {},
  ): Promise<MessageView[]> {
    if (posts.length === 0) return [];
    // The files of a message are claimed when its id is known.
    const commitsAtOnce = thenCommit && posts.every(({ fileIds }) => fileIds.length === 0);
    const written = await this.messages.insert(tx, room.id, posts.map(rowOf), { thenCommit: commitsAtOnce });
    const rows = posts.map((post, index) => {
      const row = written[index];
      if (!row) throw new Error('An insert did not return a row');
      return { post, row };
    });
    const claims = rows.flatMap(({ post: { author, fileIds }, row }) =>
      fileIds.map((fileId) => ({ fileId, uploaderId: author.id, messageId: row.id })),
    );
    await this.files.claim(tx, room.id, claims, { thenCommit });
    const views = rows.map(({ post, row }) => viewOf(post, row));
    tx.afterCommit(() => {
      this.written.cell(room.token).value += posts.length;
    });
    return views;
  }

  /** Adds a post that was an answer to the server: its author alone ever sees it. */
  async keepAnswer(
    tx: Transaction,
    room: Room,
    author: User,
    { data, signature, digest, proof }: PossibleAnswer,
  ): Promise<MessageView> {
    const post = { author, data, signature, digest, proof, whisperTo: undefined, whisperMods: false };
    const [view] = await this.append(tx, room, [{ ...post, fileIds: [], state: 'unseen' }]);
    if (!view) throw new Error('An answer was not written');
    tx.afterCommit(() => {
      if (proof) proof.isRecorded = true;
    });
    return view;
  }
}

/** The row of a post, without what its room gives it. */
function rowOf(post: Post): NewMessage {
  const { content, paddedSize } = unpad(post.data);
  const { likeness, incidentId } = post.marks ?? UNMARKED;
  return {
    userId: post.author.id,
    data: content,
    paddedSize,
    signature: post.signature,
    whisperTo: post.whisperTo?.id ?? null,
    whisperMods: post.whisperMods,
    digest: post.digest ?? null,
    proof: post.proof,
    isFirst: post.isFirst ?? false,
    state: post.state ?? 'published',
    heldFor: post.heldFor ?? null,
    ruleId: post.ruleId ?? null,
    likeness,
    incidentId,
  };
}

/** The answer to the author of a message, when it is posted and when it is posted again. */
export function viewOf(
  post: Pick<Post, 'data' | 'signature' | 'whisperMods'> & {
    author: Pick<Caller, 'sessionId'>;
    whisperTo: Pick<User, 'sessionId'> | undefined;
  },
  { id, postedAt, seqno }: WrittenMessage,
): MessageView {
  const { author, whisperTo, whisperMods } = post;
  const view: MessageView = {
    id,
    session_id: author.sessionId,
    posted: postedAt,
    seqno,
    data: post.data.toString('base64'),
    signature: post.signature.toString('base64'),
    reactions: {},
  };
  if (!whisperTo && !whisperMods) return view;
  view.whisper = true;
  view.whisper_mods = whisperMods;
  if (whisperTo) view.whisper_to = whisperTo.sessionId;
  return view;
}
