import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { ConfigModule } from '../foundation/config/config.module.js';
import { type Settings } from '../foundation/config/settings.js';
import { type DatabaseAddress } from '../foundation/database/database-address.js';
import { DatabaseModule } from '../foundation/database/database.module.js';
import { Departure } from '../foundation/departure.service.js';
import { LimitsModule } from '../foundation/limits/limits.module.js';
import { MetricsModule } from '../foundation/metrics/metrics.module.js';
import { RatesModule } from '../foundation/rates/rates.module.js';
import { RedisModule } from '../foundation/redis/redis.module.js';
import { IdentityModule } from '../protocol/identity/identity.module.js';
import { type ServerIdentity } from '../protocol/identity/server-identity.js';
import { CardsRepository } from './cards/cards.repository.js';
import { DutiesRepository } from './cards/duties.repository.js';
import { HeldEditCardsRepository } from './cards/held-edit-cards.repository.js';
import { HeldPostsRepository } from './cards/held-posts.repository.js';
import { AlikeRepository } from './defence/alike.repository.js';
import { ChallengesRepository } from './defence/challenges.repository.js';
import { IncidentsRepository } from './defence/incidents.repository.js';
import { LikenessRepository } from './defence/likeness.repository.js';
import { RaidsRepository } from './defence/raids.repository.js';
import { RoomDefenceRepository } from './defence/room-defence.repository.js';
import { StaffNamesRepository } from './defence/staff-names.repository.js';
import { SuspectsRepository } from './defence/suspects.repository.js';
import { EstablishedRepository } from './defence/established.repository.js';
import { TrustRepository } from './defence/trust.repository.js';
import { entities } from './entities/index.js';
import { EventCursorsRepository } from './events/event-cursors.repository.js';
import { EventsRepository } from './events/events.repository.js';
import { FilesRepository } from './files/files.repository.js';
import { ForbiddenFilesRepository } from './files/forbidden-files.repository.js';
import { LookedAtFilesRepository } from './files/looked-at-files.repository.js';
import { NewcomerUploadsRepository } from './files/newcomer-uploads.repository.js';
import { StorageSumsRepository } from './files/storage-sums.repository.js';
import { UploadTotalsRepository } from './files/upload-totals.repository.js';
import { FirstLettersRepository } from './inbox/first-letters.repository.js';
import { InboxRepository } from './inbox/inbox.repository.js';
import { InvitationsRepository } from './defence/invitations.repository.js';
import { CommandsRepository } from './commands/commands.repository.js';
import { SubjectsRepository } from './commands/subjects.repository.js';
import { MessageWordsRepository } from './messages/message-words.repository.js';
import { PublicMessagesRepository } from './messages/public-messages.repository.js';
import { PurgeRepository } from './messages/purge.repository.js';
import { CleanUpRepository } from './messages/clean-up.repository.js';
import { HeldEditsRepository } from './messages/held-edits.repository.js';
import { MessageChangesRepository } from './messages/message-changes.repository.js';
import { MessageHistoryRepository } from './messages/message-history.repository.js';
import { MessagesRepository } from './messages/messages.repository.js';
import { PinsRepository } from './messages/pins.repository.js';
import { PublicationRepository } from './messages/publication.repository.js';
import { QueueRepository } from './messages/queue.repository.js';
import { ReactionsRepository } from './messages/reactions.repository.js';
import { RepeatedPostsRepository } from './messages/repeated-posts.repository.js';
import { AppealsRepository } from './moderation/appeals.repository.js';
import { MutesRepository } from './moderation/mutes.repository.js';
import { BanListRepository } from './moderation/ban-list.repository.js';
import { BackupRunsRepository } from './backups/backup-runs.repository.js';
import { PeopleListRepository } from './people/people-list.repository.js';
import { TracesRepository } from './people/traces.repository.js';
import { MarksRepository } from './moderation/marks.repository.js';
import { OverridesRepository } from './moderation/overrides.repository.js';
import { ReportsRepository } from './reports/reports.repository.js';
import { SchedulesRepository } from './moderation/schedules.repository.js';
import { NoncesRepository } from './nonces/nonces.repository.js';
import { ProcessesRepository } from './processes/processes.repository.js';
import { RollCall } from './processes/roll-call.service.js';
import { ThisProcess } from './processes/this-process.js';
import { RoomDirectory } from './rooms/room-directory.service.js';
import { OwnTextsRepository } from './rules/own-texts.repository.js';
import { RulesRepository } from './rules/rules.repository.js';
import { StoredTextsRepository } from './rules/stored-texts.repository.js';
import { SanctionsRepository } from './rules/sanctions.repository.js';
import { RetentionRepository } from './rooms/retention.repository.js';
import { RoomCountsRepository } from './rooms/room-counts.repository.js';
import { RoomsRepository } from './rooms/rooms.repository.js';
import { PendingMigrations } from './schema/pending-migrations.service.js';
import { ActivityRepository } from './users/activity.repository.js';
import { UsersRepository } from './users/users.repository.js';
import { DeliveriesRepository } from './webhooks/deliveries.repository.js';
import { WebhooksRepository } from './webhooks/webhooks.repository.js';

/** Digits of the public key that tell communities in one Redis apart. */
const KEY_DIGITS = 16;

/** The resources that a process of Plaza is given before any module exists. */
export interface ProcessResources {
  readonly settings: Settings;
  readonly identity: ServerIdentity;
  /** The PostgreSQL to use: that of the settings, or the embedded one. */
  readonly database: DatabaseAddress;
  /** The machine's by default. */
  readonly clock?: Clock;
}

const RECORDS = [
  RoomsRepository,
  RetentionRepository,
  RoomCountsRepository,
  PeopleListRepository,
  BackupRunsRepository,
  TracesRepository,
  BanListRepository,
  RoomDirectory,
  UsersRepository,
  ActivityRepository,
  MessagesRepository,
  MessageChangesRepository,
  MessageHistoryRepository,
  PinsRepository,
  MessageWordsRepository,
  PublicMessagesRepository,
  PublicationRepository,
  HeldEditsRepository,
  QueueRepository,
  ReactionsRepository,
  RepeatedPostsRepository,
  CleanUpRepository,
  CommandsRepository,
  InvitationsRepository,
  PurgeRepository,
  SubjectsRepository,
  FilesRepository,
  ForbiddenFilesRepository,
  LookedAtFilesRepository,
  UploadTotalsRepository,
  StorageSumsRepository,
  NewcomerUploadsRepository,
  InboxRepository,
  FirstLettersRepository,
  MarksRepository,
  OverridesRepository,
  MutesRepository,
  ReportsRepository,
  RulesRepository,
  OwnTextsRepository,
  SanctionsRepository,
  StoredTextsRepository,
  AppealsRepository,
  SchedulesRepository,
  CardsRepository,
  DutiesRepository,
  HeldEditCardsRepository,
  HeldPostsRepository,
  ChallengesRepository,
  TrustRepository,
  EstablishedRepository,
  RoomDefenceRepository,
  RaidsRepository,
  IncidentsRepository,
  AlikeRepository,
  LikenessRepository,
  StaffNamesRepository,
  SuspectsRepository,
  EventsRepository,
  EventCursorsRepository,
  WebhooksRepository,
  DeliveriesRepository,
  NoncesRepository,
  PendingMigrations,
  ThisProcess,
  ProcessesRepository,
  RollCall,
];

/**
 * The base of every process of Plaza, be it a worker or a command: its settings, its clock, its meters, the server's
 * keys, the database, and the rows in it with their caches. Nothing here asks whether somebody may do a thing.
 */
@Module({})
export class RecordsModule {
  static forRoot({ settings, identity, database, clock = new Clock() }: ProcessResources): DynamicModule {
    return {
      module: RecordsModule,
      global: true,
      imports: [
        ConfigModule.forRoot(settings),
        MetricsModule,
        RedisModule.forRoot({
          url: settings.redisUrl,
          prefix: `plaza:${identity.publicKeyHex.slice(0, KEY_DIGITS)}:`,
          secret: identity.secret,
        }),
        RatesModule.forRoot(clock),
        LimitsModule,
        IdentityModule.forRoot(identity),
        DatabaseModule.forRoot({
          ...database,
          poolSize: settings.databasePoolSize,
          entities,
          hasPeers: settings.workers > 1,
        }),
      ],
      providers: [...RECORDS, Departure, { provide: Clock, useValue: clock }],
      exports: [...RECORDS, Departure, Clock],
    };
  }
}
