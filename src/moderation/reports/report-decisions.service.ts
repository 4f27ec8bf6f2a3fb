import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type CardAnswer, CardKinds } from '../../messages/cards/card-kinds.service.js';
import { DeletionService } from '../../messages/deletion.service.js';
import { ReportsRepository, type ReportedMessage } from '../../records/reports/reports.repository.js';
import { type Room } from '../../records/rooms/room.js';
import { type User } from '../../records/users/user.js';
import { RoomAccess } from '../access/room-access.service.js';
import { BansService } from '../bans.service.js';
import { QueueService } from '../queue/queue.service.js';
import { REPORT_BUTTONS, REPORT_CARD, type ReportArgument } from './report-card.js';
import { ReportsService } from './reports.service.js';

/** Carries out what moderators answer to cards about reported messages. */
@Injectable()
export class ReportDecisions implements OnModuleInit {
  constructor(
    private readonly kinds: CardKinds,
    private readonly access: RoomAccess,
    private readonly bans: BansService,
    private readonly deletions: DeletionService,
    private readonly queue: QueueService,
    private readonly records: ReportsRepository,
    private readonly reports: ReportsService,
  ) {}

  onModuleInit(): void {
    this.kinds.register<ReportArgument>(REPORT_CARD, {
      buttons: Object.values(REPORT_BUTTONS),
      paced: 'report',
      act: (answer, finish) => finish((tx) => this.decide(tx, answer)),
    });
  }

  private async decide(
    tx: Transaction,
    { room: token, argument, button, actor }: CardAnswer<ReportArgument>,
  ): Promise<string> {
    const bans = button.reaction === REPORT_BUTTONS.ban.reaction;
    // First of all, because people are locked before what they have written is looked at.
    if (bans) await this.ban(tx, token, argument.author, actor);
    const room = await this.access.open(tx, token, actor, 'moderator');
    const reported = (await this.records.open(room.id, tx)).find(({ id }) => id === argument.message);
    if (!reported) {
      const rest = 'Somebody has dealt with the reported message already.';
      return bans ? `Its author is banned. ${rest}` : rest;
    }
    const ids = [reported.id];
    if (button.reaction === REPORT_BUTTONS.fine.reaction) {
      if (reported.isHidden) await this.queue.publish(tx, token, actor, { ids });
      await this.reports.settle(tx, room, actor, ids, 'kept');
      return reported.isHidden ? 'The reported message is published again.' : 'The reported message stays.';
    }
    await this.remove(tx, room, reported, actor);
    await this.reports.settle(tx, room, actor, ids, bans ? 'banned' : 'removed');
    return bans
      ? 'The author of the reported message is banned, and it is deleted.'
      : 'The reported message is deleted.';
  }

  private async ban(tx: Transaction, token: string, author: string, actor: User): Promise<void> {
    await this.bans.ban(tx, actor, {
      sessionId: author,
      scope: { global: false, rooms: [token] },
      timeout: null,
    });
  }

  private async remove(
    tx: Transaction,
    { token }: Room,
    { id, isHidden, isThere }: ReportedMessage,
    actor: User,
  ): Promise<void> {
    if (isHidden) await this.queue.reject(tx, token, actor, { ids: [id] });
    else if (isThere) await this.deletions.one(tx, token, actor, id);
  }
}
