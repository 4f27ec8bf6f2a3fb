import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { Cards } from '../../messages/cards/cards.service.js';
import { HELD_MESSAGE_TEXTS as HOLD_TEXTS } from '../../messages/challenges/texts/index.js';
import { Publication } from '../../messages/publication/publication.service.js';
import { ServerAuthor } from '../../messages/writing/server-author.service.js';
import {
  acquaintanceOf,
  isAtLeast,
  isEstablished,
  type TrustLevel,
  trustIn,
} from '../../records/defence/trust.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import {
  type LiveMessage,
  MessageChangesRepository,
} from '../../records/messages/message-changes.repository.js';
import { type ReportOutcome, ReportsRepository } from '../../records/reports/reports.repository.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { type Caller, isShadowedIn, muteIn, type User } from '../../records/users/user.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { Defence } from '../defence/defence.service.js';
import { Clock } from '../../foundation/clock.js';
import { REPORT_CARD, reportQuestion } from './report-card.js';
import { REPORT_TEXTS } from './texts.js';

const HOUR = 60 * 60;
/** Reports of one person in an hour. */
const MOST_AN_HOUR = 10;
/** Reports of strangers and newcomers of a room together in an hour: their IDs cost nothing. */
const MOST_OF_NEWCOMERS = 30;
/** Reports of established members that hide a message of a stranger or newcomer. */
const HIDES_FROM = 3;
/** Reporters who are told that their report led to something. */
const MOST_TOLD = 50;

/**
 * The outcome of a report: it was `taken`, its reporter had reported the message before (`repeated`), or it was taken and
 * hides the message until a moderator has looked at it.
 */
export type ReportResult = 'taken' | 'repeated' | 'hidden';

/** A reporter in a room, as the transaction knows them. */
interface Reporting {
  room: Room;
  reporter: User;
  level: TrustLevel;
  counts: boolean;
}

/** Reports of messages by members, and what comes of them. */
@Injectable()
export class ReportsService {
  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly rooms: RoomsRepository,
    private readonly users: UsersRepository,
    private readonly messages: MessageChangesRepository,
    private readonly reports: ReportsRepository,
    private readonly trust: TrustRepository,
    private readonly defence: Defence,
    private readonly publication: Publication,
    private readonly server: ServerAuthor,
    private readonly cards: Cards,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Reports a message that the reporter can see. Three reports of established members hide a message of a stranger or
   * newcomer; one of somebody who is muted is told moderators, and hides nothing.
   * @param reason a line; it is shown to moderators
   * @throws ProtocolError `room_not_found`, `banned`, `permission_denied` (also for one's own message), `message_not_found`
   *   or `too_many_reports`
   */
  async report(
    tx: Transaction,
    token: string,
    caller: Caller,
    messageId: number,
    reason?: string,
  ): Promise<ReportResult> {
    const reporting = await this.open(tx, token, caller);
    const { room, reporter, level, counts } = reporting;
    const message = await this.reportedMessage(tx, reporting, messageId);
    await this.checkRates(tx, reporting);
    // Nobody learns of what somebody writes who is shadowed, moderators neither.
    if (isShadowedIn(room.id, reporter)) return 'taken';
    const report = { roomId: room.id, messageId, reporterId: reporter.id, trust: level, counts };
    const id = await this.reports.add(tx, { ...report, reason: reason ?? null });
    if (id === undefined) return 'repeated';
    const { reports, counting } = await this.reports.weigh(tx, messageId);
    const isHidden = counting >= HIDES_FROM && (await this.hide(tx, room, message));
    const isMinor = !isAtLeast(level, 'member');
    // Many people report the same message: moderators are asked at the first, and when something has come of them.
    if (reports === 1 || isHidden) {
      await this.cards.ask(tx, room, {
        ...(await reportQuestion(this.reports, tx, room, messageId)),
        isMinor,
      });
    }
    // During a raid nobody outside is told of each report by people whom nobody knows.
    if (!isMinor || !(await this.defence.isGuarded(tx, room))) {
      await this.events.record(tx, {
        actor: reporter.sessionId,
        kind: 'report.created',
        target: message.sessionId,
        room: room.token,
        after: { report: id, message: messageId, reports, hidden: isHidden },
      });
    }
    return isHidden ? 'hidden' : 'taken';
  }

  /** A message of somebody else that the reporter can see. */
  private async reportedMessage(
    tx: Transaction,
    { room, reporter, level }: Reporting,
    messageId: number,
  ): Promise<LiveMessage> {
    const reader = { userId: reporter.id, moderator: level === 'staff' };
    const message = await this.messages.findLive(tx, room.id, reader, messageId);
    if (!message) throw new ProtocolError('message_not_found');
    if (message.userId !== reporter.id) return message;
    throw new ProtocolError('permission_denied', 'nobody can report their own message');
  }

  /**
   * Settles the open reports of messages of a room that the transaction has locked. The reporters of what was removed are
   * told by a whisper, once. The caller deals with the messages themselves.
   * @returns how many reports were open
   */
  async settle(
    tx: Transaction,
    room: Room,
    actor: Actor,
    messageIds: readonly number[],
    outcome: ReportOutcome,
  ): Promise<number> {
    const settled = await this.reports.settle(tx, room.id, messageIds, outcome);
    if (settled.length === 0) return 0;
    const ids = [...new Set(settled.map(({ messageId }) => messageId))];
    await this.cards.withdraw(tx, room, REPORT_CARD, ids.map(String));
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'report.settled',
      room: room.token,
      after: { messages: ids, outcome, reports: settled.length },
    });
    if (outcome === 'removed' || outcome === 'banned') {
      const reporters = [...new Set(settled.map(({ reporterId }) => reporterId))];
      await this.thank(tx, room, reporters.slice(0, MOST_TOLD));
    }
    return settled.length;
  }

  /** Settles reports of messages that are there no more, by whatever way they went; called by the clock. */
  async settleGone(): Promise<void> {
    for (const { room: token, ids, isByStaff } of await this.reports.gone()) {
      await this.database.transact(async (tx) => {
        const room = await this.rooms.lock(tx, token);
        if (room) await this.settle(tx, room, 'plaza', ids, isByStaff ? 'removed' : 'gone');
      });
    }
  }

  private async open(tx: Transaction, token: string, caller: Caller): Promise<Reporting> {
    const { room, caller: current } = await this.access.visitToWrite(tx, token, caller, 'read');
    const reporter = await this.access.enter(tx, current);
    const level = await this.levelOf(tx, room, reporter);
    return { room, reporter, ...level };
  }

  private async levelOf(
    tx: Transaction,
    room: Room,
    user: User,
  ): Promise<{ level: TrustLevel; counts: boolean }> {
    const known = acquaintanceOf(await this.trust.of(tx, room.token, [user.id]), user);
    const level = trustIn(room.id, user, known);
    const now = this.clock.seconds();
    const isMuted = muteIn(room.id, user, now) !== null;
    return { level, counts: !isMuted && isEstablished(level, known.record, now) };
  }

  private async checkRates(tx: Transaction, { room, reporter, level }: Reporting): Promise<void> {
    if ((await this.reports.countBy(tx, reporter.id, HOUR)) >= MOST_AN_HOUR) {
      throw new ProtocolError('too_many_reports');
    }
    if (isAtLeast(level, 'member')) return;
    const together = await this.reports.countIn(tx, room.id, ['stranger', 'newcomer'], HOUR);
    if (together >= MOST_OF_NEWCOMERS) throw new ProtocolError('too_many_reports');
  }

  /** @returns whether it was there for everyone, and is not any more */
  private async hide(tx: Transaction, room: Room, message: LiveMessage): Promise<boolean> {
    const author = await this.users.get(message.userId, tx);
    const { level } = await this.levelOf(tx, room, author);
    if (isAtLeast(level, 'member')) return false;
    const hidden = await this.publication.hide(tx, room, [message.id], 'reported');
    if (hidden.length === 0) return false;
    const { language } = settingsOf(room, this.settings);
    const { why, lookedAt } = HOLD_TEXTS[language];
    const text = `${why.reported} ${lookedAt} ${REPORT_TEXTS[language].howToAppeal}`;
    await this.server.postWhispers(tx, room, [{ to: author, text }]);
    return true;
  }

  private async thank(tx: Transaction, room: Room, reporterIds: readonly number[]): Promise<void> {
    const { thanks } = REPORT_TEXTS[settingsOf(room, this.settings).language];
    const whispers = [];
    for (const id of reporterIds) whispers.push({ to: await this.users.get(id, tx), text: thanks });
    await this.server.postWhispers(tx, room, whispers);
  }
}
