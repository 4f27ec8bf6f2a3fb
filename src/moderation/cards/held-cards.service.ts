import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type CardAnswer, CardKinds, type FinishEffect } from '../../messages/cards/card-kinds.service.js';
import { Cards } from '../../messages/cards/cards.service.js';
import { DeletionService } from '../../messages/deletion.service.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { type Button } from '../../records/cards/card.js';
import { HeldPostsRepository, type UntoldPost } from '../../records/cards/held-posts.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { BansService } from '../bans.service.js';
import { ForbiddenFiles } from '../forbidden/forbidden-files.service.js';
import { type QueueReport, QueueService } from '../queue/queue.service.js';
import { excerpt } from './excerpt.js';

const KIND = 'held post';
/** Cards of this kind that a room may have unanswered: the queue has all of them. */
const MOST = 50;

/** The reasons why a post waits for a moderator, as cards tell them. */
const REASONS: Readonly<Record<string, string>> = {
  media: 'it shows files, or more links than a new person may',
  name: 'its author’s name looks like that of staff',
  server_words: 'it begins like a message of the server',
  similar: 'it shows a picture like a forbidden one',
  rule: 'a rule holds it',
  told: 'a rule holds it, and its author was told so',
};
const BUTTONS: readonly Button[] = [
  { reaction: '✅', words: ['publish'] },
  { reaction: '❌', words: ['reject'] },
  { reaction: '🔨', words: ['ban'] },
];
/** For posts with files: they go for ever, from everywhere. */
const NEVER_AGAIN: Button = { reaction: '🚫', words: ['abuse', 'never again'] };
const FAILED = 'no answer of its author could publish it';

/** A held post, as the effect of a card knows it. */
interface HeldPost {
  message: number;
  /** Author's Session ID. */
  author: string;
}

/** Cards about held posts that only a moderator can decide about. */
@Injectable()
export class HeldCards implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly kinds: CardKinds,
    private readonly cards: Cards,
    private readonly posts: HeldPostsRepository,
    private readonly queue: QueueService,
    private readonly bans: BansService,
    private readonly deletions: DeletionService,
    private readonly forbidden: ForbiddenFiles,
  ) {}

  onModuleInit(): void {
    this.kinds.register<HeldPost>(KIND, {
      paced: 'held post',
      act: (answer, finish) => this.act(answer, finish),
    });
  }

  /**
   * Asks about posts of which moderators do not know, and takes cards about posts away that are held no longer. It is for the
   * clock, because a post that a raid writes must cost nothing more, and nobody waits for it.
   */
  async run(): Promise<void> {
    await this.cards.withdrawSettled(KIND, await this.posts.settledElsewhere(KIND));
    const untold = await this.posts.untold(KIND, MOST);
    for (const token of new Set(untold.map(({ room }) => room))) {
      const posts = untold.filter(({ room }) => room === token);
      await this.database.transact((tx) => this.ask(tx, token, posts));
    }
  }

  private async ask(tx: Transaction, token: string, posts: readonly UntoldPost[]): Promise<void> {
    const room = await this.rooms.lock(tx, token);
    if (!room) return;
    for (const post of posts) {
      await this.cards.ask<HeldPost>(tx, room, {
        kind: KIND,
        subject: String(post.id),
        isMinor: true,
        argument: { message: post.id, author: post.sessionId },
        text: heldPostText(post),
        buttons: post.hasFiles ? [...BUTTONS, NEVER_AGAIN] : BUTTONS,
      });
    }
  }

  private async act(answer: CardAnswer<HeldPost>, finish: FinishEffect): Promise<void> {
    if (answer.button.reaction !== NEVER_AGAIN.reaction) {
      await finish((tx) => this.decide(tx, answer));
      return;
    }
    const result = await this.forbid(answer);
    await finish(() => result);
  }

  private async forbid({ room, argument, actor }: CardAnswer<HeldPost>): Promise<string> {
    const ids = await this.forbidden.ofMessage(actor, room, argument.message);
    if (ids.length === 0) return 'The post was settled already, or its files are gone.';
    const { files } = await this.forbidden.forbid({ actor, room }, ids);
    return `What the post ${argument.message} of ${argument.author.slice(0, 10)} shows is gone for ever, from ${files} places. Nobody can upload it again.`;
  }

  private async decide(
    tx: Transaction,
    { room, argument: { message, author }, actor, button }: CardAnswer<HeldPost>,
  ): Promise<string> {
    const post = `The post ${message} of ${author.slice(0, 10)}`;
    if (button.reaction === '✅') {
      return publishedText(post, await this.queue.publish(tx, room, actor, { ids: [message] }));
    }
    if (button.reaction === '❌') {
      const { rejected } = await this.queue.reject(tx, room, actor, { ids: [message] });
      return rejected.length > 0 ? `${post} is rejected.` : `${post} was settled already.`;
    }
    const scope = { global: false, rooms: [room] } as const;
    await this.bans.ban(tx, actor, { sessionId: author, scope, timeout: null });
    await this.deletions.allInRoom(tx, room, actor, author);
    return `${author.slice(0, 10)} is banned here, and everything of theirs is deleted.`;
  }
}

function heldPostText({ data, heldFor, sessionId }: UntoldPost): string {
  const content = readContent(data);
  const name = excerpt(content?.displayName ?? '', 30);
  const said = content?.body === undefined ? 'It has no text.' : `“${excerpt(content.body, 200)}”`;
  const files = content?.attachments.length ?? 0;
  const shows = files > 0 ? ` It shows ${files} ${files === 1 ? 'file' : 'files'}.` : '';
  const why = REASONS[heldFor ?? ''] ?? FAILED;
  return `A post of ${name} (${sessionId.slice(0, 10)}) is held: ${why}. ${said}${shows}`;
}

function publishedText(post: string, { published, tooLate }: QueueReport): string {
  if (published.length > 0) return `${post} is published.`;
  return tooLate.length > 0
    ? `It is too late for ${post.toLowerCase()}: clients take none after six hours.`
    : `${post} was settled already.`;
}
