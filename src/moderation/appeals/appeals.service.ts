import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type CardAnswer, CardKinds } from '../../messages/cards/card-kinds.service.js';
import { Cards } from '../../messages/cards/cards.service.js';
import { ServerAuthor } from '../../messages/writing/server-author.service.js';
import { type Button } from '../../records/cards/card.js';
import { acquaintanceOf, isAtLeast, trustIn } from '../../records/defence/trust.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import {
  type Appeal,
  type Appealable,
  type AppealOutcome,
  AppealsRepository,
} from '../../records/moderation/appeals.repository.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { type Caller } from '../../records/users/user.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { Defence } from '../defence/defence.service.js';
import { excerpt } from '../cards/excerpt.js';
import { QueueService } from '../queue/queue.service.js';
import { REPORT_TEXTS } from '../reports/texts.js';
import { CannotUndo } from '../undo/undoing.js';
import { UndoService } from '../undo/undo.service.js';

const HOUR = 60 * 60;
/** Appeals of strangers and newcomers of a room together in an hour. */
const MOST_OF_NEWCOMERS = 30;
/** Characters that are kept of an appeal, and that a card shows. */
const LONGEST = 1_000;
const SHOWN = 300;

const KIND = 'appeal';
const ACCEPT: Button = { reaction: '✅', words: ['accept', 'yes'] };
const DECLINE: Button = { reaction: '❌', words: ['decline', 'no'] };

/** The things that are appealed against, as moderators read them. */
const ABOUT: Readonly<Record<Appealable, string>> = {
  mute: 'a mute',
  warn: 'a warning',
  ban: 'a ban',
  hold: 'that a message is held',
};

/** The outcome of an appeal: it was `taken`, there is `nothing` to appeal against, or that was appealed against before. */
export type AppealResult = 'taken' | 'nothing' | 'repeated';

/** An appeal that can't be settled; the message says why in a line. */
class CannotSettle extends Error {
  override readonly name = 'CannotSettle';
}

/** Appeals of people against mutes, warnings, bans and held messages. */
@Injectable()
export class AppealsService implements OnModuleInit {
  constructor(
    private readonly settings: Settings,
    private readonly access: RoomAccess,
    private readonly rooms: RoomsRepository,
    private readonly people: UsersService,
    private readonly users: UsersRepository,
    private readonly appeals: AppealsRepository,
    private readonly trust: TrustRepository,
    private readonly defence: Defence,
    private readonly undo: UndoService,
    private readonly queue: QueueService,
    private readonly server: ServerAuthor,
    private readonly kinds: CardKinds,
    private readonly cards: Cards,
    private readonly events: EventsRepository,
  ) {}

  onModuleInit(): void {
    this.kinds.register<{ appeal: number }>(KIND, {
      buttons: [ACCEPT, DECLINE],
      paced: 'appeal',
      act: (answer, finish) => finish((tx) => this.answer(tx, answer)),
    });
  }

  /**
   * Appeals against the latest decision about somebody that holds in a room, once for each: a mute, a warning, a ban while
   * they can still read, or a message that is held or hidden.
   * @param text the person's reasons; what is longer than a thousand characters is cut off
   * @throws ProtocolError `room_not_found`, `banned`, `permission_denied` or `too_many_reports`
   */
  async appeal(tx: Transaction, token: string, caller: Caller, text: string): Promise<AppealResult> {
    const { room, caller: current } = await this.access.visitToWrite(tx, token, caller, 'read');
    if (current.id === null) return 'nothing';
    const { id: userId, sessionId } = current;
    const ids = this.people.idsOf(sessionId);
    const decision = await this.appeals.latestDecision(tx, room, userId, ids);
    if (!decision) return 'nothing';
    if (decision.isAppealed) return 'repeated';
    const known = acquaintanceOf(await this.trust.of(tx, room.token, [userId]), current);
    const trust = trustIn(room.id, current, known);
    const isMinor = !isAtLeast(trust, 'member');
    if (isMinor) {
      const together = await this.appeals.countIn(tx, room.id, ['stranger', 'newcomer'], HOUR);
      if (together >= MOST_OF_NEWCOMERS) throw new ProtocolError('too_many_reports');
    }
    const { about, eventId, messageId } = decision;
    const words = Array.from(text).slice(0, LONGEST).join('');
    const id = await this.appeals.add(tx, {
      roomId: room.id,
      userId,
      trust,
      about,
      eventId,
      messageId,
      text: words,
    });
    await this.cards.ask(tx, room, {
      kind: KIND,
      subject: String(id),
      argument: { appeal: id },
      text: `@${sessionId} appeals against ${ABOUT[about]}:\n“${excerpt(words, SHOWN)}”`,
      isMinor,
    });
    // During a raid nobody outside is told of each appeal by people whom nobody knows.
    if (!isMinor || !(await this.defence.isGuarded(tx, room))) {
      const after = { appeal: id, about };
      await this.events.record(tx, { actor: sessionId, kind: 'appeal.created', room: room.token, after });
    }
    return 'taken';
  }

  /**
   * The appeals that nobody has settled, oldest first.
   * @param token of a room; undefined for all rooms
   * @throws ProtocolError `room_not_found`
   */
  async open(token: string | undefined): Promise<Appeal[]> {
    const room = token === undefined ? null : await this.rooms.find(token);
    if (room === undefined) throw new ProtocolError('room_not_found');
    return this.appeals.open(room?.id ?? null);
  }

  /**
   * Settles an appeal and tells its author by a whisper. An accepted one takes back the mute or the ban, or publishes the
   * message, as far as that still holds. The transaction holds no lock of a room or a person before.
   * @returns a sentence about how things are then
   * @throws CannotSettle or ProtocolError `room_not_found`, `banned` or `permission_denied`
   */
  async settle(tx: Transaction, actor: Actor, id: number, outcome: AppealOutcome): Promise<string> {
    const appeal = await this.appeals.find(tx, id);
    if (!appeal) throw new CannotSettle(`there is no open appeal ${id}`);
    // First of all, because it locks people, which come after rooms.
    const effect = outcome === 'accepted' ? await this.takeBack(tx, actor, appeal) : undefined;
    const room = await this.access.open(tx, appeal.room, actor, 'moderator');
    if (!(await this.appeals.settle(tx, id, outcome))) {
      throw new CannotSettle(`appeal ${id} has been settled already`);
    }
    await this.cards.withdraw(tx, room, KIND, [String(id)]);
    await this.tell(tx, room, appeal, outcome);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'appeal.settled',
      target: appeal.sessionId,
      room: room.token,
      after: { appeal: id, about: appeal.about, outcome },
    });
    return effect === undefined ? `The appeal is ${outcome}.` : `The appeal is ${outcome}: ${effect}.`;
  }

  /** @returns how things are then; undefined when nothing had to be done */
  private async takeBack(tx: Transaction, actor: Actor, appeal: Appeal): Promise<string | undefined> {
    const { about, eventId, messageId, room } = appeal;
    if (messageId !== null) {
      const { published, tooLate } = await this.queue.publish(tx, room, actor, { ids: [messageId] });
      if (tooLate.length > 0) return 'the message is too old to be published';
      return published.length > 0 ? 'the message is published' : undefined;
    }
    if (about === 'warn' || eventId === null) return undefined;
    try {
      return (await this.undo.undo(tx, actor, eventId)).result;
    } catch (error) {
      if (error instanceof CannotUndo) return undefined;
      throw error;
    }
  }

  private async tell(tx: Transaction, room: Room, { userId }: Appeal, outcome: AppealOutcome): Promise<void> {
    const text = REPORT_TEXTS[settingsOf(room, this.settings).language][outcome];
    await this.server.postWhispers(tx, room, [{ to: await this.users.get(userId, tx), text }]);
  }

  private async answer(
    tx: Transaction,
    { argument, button, actor }: CardAnswer<{ appeal: number }>,
  ): Promise<string> {
    const outcome = button.reaction === ACCEPT.reaction ? 'accepted' : 'declined';
    try {
      return await this.settle(tx, actor, argument.appeal, outcome);
    } catch (error) {
      if (error instanceof CannotSettle) return 'Somebody has settled the appeal already.';
      throw error;
    }
  }
}
