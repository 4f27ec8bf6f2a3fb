import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type CardAnswer, CardKinds } from '../../messages/cards/card-kinds.service.js';
import { Cards } from '../../messages/cards/cards.service.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { HeldEditCardsRepository, type UntoldEdit } from '../../records/cards/held-edit-cards.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { RoomAccess } from '../access/room-access.service.js';
import { QueueService } from '../queue/queue.service.js';
import { excerpt } from './excerpt.js';

const KIND = 'held edit';
/** Cards of this kind that a room may have unanswered: the queue has all edits. */
const MOST = 50;

/** A held edit, as the effect of a card knows it. */
interface HeldEditArgument {
  message: number;
  /** Tells it from a later edit of the same message, which the moderator has not seen. */
  subject: string;
  /** Author's Session ID. */
  author: string;
}

/** Cards about edits that are held: what everybody sees stays until a moderator has looked. */
@Injectable()
export class HeldEditCards implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly rooms: RoomsRepository,
    private readonly kinds: CardKinds,
    private readonly cards: Cards,
    private readonly edits: HeldEditCardsRepository,
    private readonly queue: QueueService,
  ) {}

  onModuleInit(): void {
    this.kinds.register<HeldEditArgument>(KIND, {
      paced: 'held edit',
      buttons: [
        { reaction: '✅', words: ['publish'] },
        { reaction: '❌', words: ['reject'] },
      ],
      act: (answer, finish) => finish((tx) => this.act(tx, answer)),
    });
  }

  /** Asks about edits of which moderators do not know, and takes cards away about those that wait no longer; for the clock. */
  async run(): Promise<void> {
    await this.cards.withdrawSettled(KIND, await this.edits.settledElsewhere(KIND));
    for (const edit of await this.edits.untold(KIND, MOST)) {
      await this.database.transact((tx) => this.ask(tx, edit));
    }
  }

  private async ask(tx: Transaction, edit: UntoldEdit): Promise<void> {
    const { room: token, messageId: message, subject, sessionId: author } = edit;
    const room = await this.rooms.lock(tx, token);
    if (!room || !(await this.edits.isWaiting(tx, message, subject))) return;
    await this.cards.ask<HeldEditArgument>(tx, room, {
      kind: KIND,
      subject,
      isMinor: true,
      argument: { message, subject, author },
      text: heldEditText(edit),
    });
  }

  private async act(
    tx: Transaction,
    { room, argument: { message, subject, author }, actor, button }: CardAnswer<HeldEditArgument>,
  ): Promise<string> {
    const edit = `The edit of post ${message} of ${author.slice(0, 10)}`;
    await this.access.open(tx, room, actor, 'moderator');
    // Nobody publishes a text that they have not read.
    if (!(await this.edits.isWaiting(tx, message, subject))) {
      return `${edit} was settled already, or its author has changed it since.`;
    }
    const act = button.reaction === '✅' ? 'publish' : 'reject';
    await this.queue[act](tx, room, actor, { ids: [message] });
    return `${edit} is ${act === 'publish' ? 'published' : 'rejected'}.`;
  }
}

function heldEditText({ data, messageId, sessionId }: UntoldEdit): string {
  const content = readContent(data);
  const name = excerpt(content?.displayName ?? '', 30);
  const said = content?.body === undefined ? 'no text' : `“${excerpt(content.body, 200)}”`;
  return `${name} (${sessionId.slice(0, 10)}) has changed post ${messageId}, which stays as it was until you have looked. It would say: ${said}`;
}
