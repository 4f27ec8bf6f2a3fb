import { UsersAndRooms1700000000001 } from './1700000000001-users-and-rooms.js';
import { Messages1700000000002 } from './1700000000002-messages.js';
import { Reactions1700000000003 } from './1700000000003-reactions.js';
import { Permissions1700000000004 } from './1700000000004-permissions.js';
import { Files1700000000005 } from './1700000000005-files.js';
import { Inbox1700000000006 } from './1700000000006-inbox.js';
import { Nonces1700000000007 } from './1700000000007-nonces.js';
import { AuditLog1700000000008 } from './1700000000008-audit-log.js';
import { ChangeFeed1700000000009 } from './1700000000009-change-feed.js';
import { SharedPages1700000000010 } from './1700000000010-shared-pages.js';
import { BannedUsers1700000000011 } from './1700000000011-banned-users.js';
import { Repeats1700000000012 } from './1700000000012-repeats.js';
import { ListableRooms1700000000013 } from './1700000000013-listable-rooms.js';
import { TimesAndDeletions1700000000014 } from './1700000000014-times-and-deletions.js';
import { UploadQuotas1700000000015 } from './1700000000015-upload-quotas.js';
import { CountedCosts1700000000016 } from './1700000000016-counted-costs.js';
import { WholeNonces1700000000017 } from './1700000000017-whole-nonces.js';
import { MessageStates1700000000018 } from './1700000000018-message-states.js';
import { Clock1700000000019 } from './1700000000019-clock.js';
import { UploadTotals1700000000020 } from './1700000000020-upload-totals.js';
import { Events1700000000021 } from './1700000000021-events.js';
import { RoomSettings1700000000022 } from './1700000000022-room-settings.js';
import { Machines1700000000025 } from './1700000000025-machines.js';
import { Defence1700000000026 } from './1700000000026-defence.js';
import { Webhooks1700000000027 } from './1700000000027-webhooks.js';
import { Cards1700000000028 } from './1700000000028-cards.js';
import { Commands1700000000029 } from './1700000000029-commands.js';
import { ReportsAndAppeals1700000000030 } from './1700000000030-reports-and-appeals.js';
import { KnownAgain1700000000031 } from './1700000000031-known-again.js';
import { Invitations1700000000032 } from './1700000000032-invitations.js';
import { Rules1700000000033 } from './1700000000033-rules.js';
import { ForbiddenFiles1700000000035 } from './1700000000035-forbidden-files.js';
import { StrangerReactions1700000000037 } from './1700000000037-stranger-reactions.js';
import { StoredBytes1700000000038 } from './1700000000038-stored-bytes.js';
import { ForbiddenFeed1700000000039 } from './1700000000039-forbidden-feed.js';
import { MessageWords1700000000040 } from './1700000000040-message-words.js';
import { ArchivedRooms1700000000042 } from './1700000000042-archived-rooms.js';
import { BackupRuns1700000000043 } from './1700000000043-backup-runs.js';
import { FirstNonces1700000000044 } from './1700000000044-first-nonces.js';
import { WordsInOneGo1700000000047 } from './1700000000047-words-in-one-go.js';
import { LessToWrite1700000000048 } from './1700000000048-less-to-write.js';

/** Every migration there is, in order. */
export const migrations = [
  UsersAndRooms1700000000001,
  Messages1700000000002,
  Reactions1700000000003,
  Permissions1700000000004,
  Files1700000000005,
  Inbox1700000000006,
  Nonces1700000000007,
  AuditLog1700000000008,
  ChangeFeed1700000000009,
  SharedPages1700000000010,
  BannedUsers1700000000011,
  Repeats1700000000012,
  ListableRooms1700000000013,
  TimesAndDeletions1700000000014,
  UploadQuotas1700000000015,
  CountedCosts1700000000016,
  WholeNonces1700000000017,
  MessageStates1700000000018,
  Clock1700000000019,
  UploadTotals1700000000020,
  Events1700000000021,
  RoomSettings1700000000022,
  Machines1700000000025,
  Defence1700000000026,
  Webhooks1700000000027,
  Cards1700000000028,
  Commands1700000000029,
  ReportsAndAppeals1700000000030,
  KnownAgain1700000000031,
  Invitations1700000000032,
  Rules1700000000033,
  ForbiddenFiles1700000000035,
  StrangerReactions1700000000037,
  StoredBytes1700000000038,
  ForbiddenFeed1700000000039,
  MessageWords1700000000040,
  ArchivedRooms1700000000042,
  BackupRuns1700000000043,
  FirstNonces1700000000044,
  WordsInOneGo1700000000047,
  LessToWrite1700000000048,
];
