import { BackupRunEntity } from './backup.entity.js';
import { CardEntity, DutyEntity } from './card.entity.js';
import { CommandEntity } from './command.entity.js';
import {
  BusyDayEntity,
  ChallengeEntity,
  HeldEditEntity,
  IncidentEntity,
  RoomDefenceEntity,
  ServerDefenceEntity,
  StaffNameEntity,
  TrustEntity,
} from './defence.entity.js';
import { EventCursorEntity, EventEntity } from './event.entity.js';
import { FileEntity, ForbiddenFileEntity, UploadTotalsEntity } from './file.entity.js';
import { InboxEntity } from './inbox.entity.js';
import { InvitationEntity } from './invitation.entity.js';
import { MessageEntity, MessageHistoryEntity, PinnedMessageEntity } from './message.entity.js';
import { KeptAnswerEntity, NonceEntity } from './nonce.entity.js';
import {
  PermissionOverrideEntity,
  ScheduledBanEntity,
  ScheduledPermissionEntity,
} from './permission.entity.js';
import { ProcessEntity, SchemaNeedsEntity } from './process.entity.js';
import { ReactionEntity, UserReactionEntity } from './reaction.entity.js';
import { AppealEntity, ReportEntity } from './report.entity.js';
import { RoomEntity, RoomUserEntity } from './room.entity.js';
import { MessageWordsEntity, SearchedRoomEntity } from './message-words.entity.js';
import { RuleEntity, RuleHitsEntity } from './rule.entity.js';
import { RoomStorageEntity, UserStorageEntity } from './storage.entity.js';
import { PendingBlindingEntity, UserEntity } from './user.entity.js';
import { HeldNoticeEntity, WebhookDeliveryEntity, WebhookEntity } from './webhook.entity.js';

/** Every table that the migrations make. */
export const entities = [
  AppealEntity,
  BackupRunEntity,
  BusyDayEntity,
  CardEntity,
  ChallengeEntity,
  DutyEntity,
  CommandEntity,
  EventCursorEntity,
  EventEntity,
  FileEntity,
  ForbiddenFileEntity,
  HeldEditEntity,
  HeldNoticeEntity,
  InboxEntity,
  IncidentEntity,
  InvitationEntity,
  KeptAnswerEntity,
  MessageEntity,
  MessageHistoryEntity,
  MessageWordsEntity,
  NonceEntity,
  PendingBlindingEntity,
  PermissionOverrideEntity,
  PinnedMessageEntity,
  ProcessEntity,
  ReactionEntity,
  ReportEntity,
  RoomDefenceEntity,
  RoomEntity,
  RoomStorageEntity,
  RoomUserEntity,
  RuleEntity,
  RuleHitsEntity,
  ScheduledBanEntity,
  ScheduledPermissionEntity,
  SchemaNeedsEntity,
  SearchedRoomEntity,
  ServerDefenceEntity,
  StaffNameEntity,
  TrustEntity,
  UploadTotalsEntity,
  UserEntity,
  UserReactionEntity,
  UserStorageEntity,
  WebhookDeliveryEntity,
  WebhookEntity,
];
