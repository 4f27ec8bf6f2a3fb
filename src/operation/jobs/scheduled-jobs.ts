import { Injectable } from '@nestjs/common';
import { NoncesService } from '../../auth/nonces.service.js';
import { FileSweeperService } from '../../files/file-sweeper.service.js';
import { InboxService } from '../../inbox/inbox.service.js';
import { Retention } from '../../messages/retention.service.js';
import { StorageWatch } from '../../messages/storage-watch.service.js';
import { HeldExpiry } from '../../messages/held-expiry.service.js';
import { MessageHistoryService } from '../../messages/history.service.js';
import { WordReader } from '../../messages/search/word-reader.service.js';
import { CardJobs } from '../../messages/cards/card-jobs.service.js';
import { ChallengeJobs } from '../../messages/challenges/challenge-jobs.service.js';
import { RoomWatch } from '../../messages/raids/room-watch.service.js';
import { AlikeCards } from '../../moderation/cards/alike-cards.service.js';
import { HeldCards } from '../../moderation/cards/held-cards.service.js';
import { HeldEditCards } from '../../moderation/cards/held-edit-cards.service.js';
import { PictureWatch } from '../../moderation/forbidden/picture-watch.service.js';
import { PreservedFolder } from '../../files/preserved/preserved-folder.service.js';
import { CommandRunner } from '../../moderation/commands/command-runner.service.js';
import { AuditLog } from '../../moderation/audit-log.service.js';
import { DueChangesService } from '../../moderation/due-changes.service.js';
import { Rulebook } from '../../moderation/rulebook/rulebook.service.js';
import { Sanctions } from '../../moderation/rulebook/sanctions.service.js';
import { ReportsService } from '../../moderation/reports/reports.service.js';
import { ActivityService } from '../../users/activity.service.js';
import { BackupJob } from '../backup/backup-job.service.js';
import { WebhookDelivery } from '../webhooks/webhook-delivery.service.js';
import { WebhookFeed } from '../webhooks/webhook-feed.service.js';
import { EventMeters } from './event-meters.service.js';
import { type Job } from './job.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Everything that is done on a clock. */
@Injectable()
export class ScheduledJobs {
  readonly all: readonly Job[];

  constructor(
    dueChanges: DueChangesService,
    activity: ActivityService,
    files: FileSweeperService,
    inbox: InboxService,
    nonces: NoncesService,
    history: MessageHistoryService,
    held: HeldExpiry,
    eventMeters: EventMeters,
    roomWatch: RoomWatch,
    challenges: ChallengeJobs,
    heldCards: HeldCards,
    heldEditCards: HeldEditCards,
    alikeCards: AlikeCards,
    cards: CardJobs,
    reports: ReportsService,
    webhookFeed: WebhookFeed,
    webhookDelivery: WebhookDelivery,
    commands: CommandRunner,
    sanctions: Sanctions,
    rulebook: Rulebook,
    pictures: PictureWatch,
    preserved: PreservedFolder,
    retention: Retention,
    storage: StorageWatch,
    log: AuditLog,
    words: WordReader,
    backups: BackupJob,
  ) {
    this.all = [
      {
        name: 'defence of rooms',
        everySeconds: 5,
        // One job, because a run costs more than a look that finds nothing to do.
        run: async () => {
          await roomWatch.run();
          await challenges.run();
          await heldCards.run();
          await heldEditCards.run();
          await alikeCards.run();
          await cards.run();
          await commands.catchUp();
          await sanctions.run();
        },
      },
      { name: 'new members', everySeconds: MINUTE, run: () => roomWatch.promote() },
      { name: 'due permissions and bans', everySeconds: 3, run: () => dueChanges.apply() },
      { name: 'meters of events', everySeconds: 10, run: () => eventMeters.count() },
      {
        name: 'webhooks',
        everySeconds: 5,
        run: async (stopping) => {
          await webhookFeed.gather();
          await webhookDelivery.deliver(stopping);
        },
      },
      { name: 'words of messages', everySeconds: 5, run: (stopping) => words.run(stopping) },
      { name: 'reports of removed messages', everySeconds: MINUTE, run: () => reports.settleGone() },
      { name: 'notices of held messages', everySeconds: MINUTE, run: () => webhookFeed.gatherHeld() },
      { name: 'active users', everySeconds: 10, run: () => activity.countActiveUsers() },
      { name: 'expired direct messages', everySeconds: 10, run: () => inbox.removeExpired() },
      { name: 'expired files', everySeconds: 10, run: () => files.removeExpired() },
      { name: 'expired nonces', everySeconds: 10, run: () => nonces.removeExpired() },
      { name: 'old texts of messages', everySeconds: 10 * MINUTE, run: () => history.prune() },
      { name: 'old held messages', everySeconds: 10 * MINUTE, run: () => held.removeExpired() },
      { name: 'unfinished uploads', everySeconds: MINUTE, run: () => files.removeUnfinished() },
      { name: 'forbidden files', everySeconds: 5, run: () => pictures.run() },
      { name: 'old preserved files', everySeconds: HOUR, run: () => preserved.removeOld() },
      {
        name: 'old messages of rooms',
        everySeconds: 10 * MINUTE,
        run: async (stopping) => {
          await retention.removeOld(stopping);
        },
      },
      { name: 'rooms that are nearly full', everySeconds: MINUTE, run: () => storage.run() },
      { name: 'backups', everySeconds: MINUTE, run: (stopping) => backups.run(stopping) },
      { name: 'old lines of the log', everySeconds: HOUR, run: () => log.forgetOld() },
      { name: 'leftovers of files', everySeconds: HOUR, run: () => files.removeLeftovers() },
      { name: 'old commands', everySeconds: HOUR, run: () => commands.forgetOld() },
      { name: 'old hits of rules', everySeconds: HOUR, run: () => rulebook.forgetOldHits() },
      { name: 'old visits', everySeconds: HOUR, run: () => activity.forgetOld() },
    ];
  }
}
