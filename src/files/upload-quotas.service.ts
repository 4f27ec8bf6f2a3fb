import { Injectable } from '@nestjs/common';
import { counted } from '../foundation/wording.js';
import { Settings } from '../foundation/config/settings.js';
import { Database, type DatabaseReader, type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { type LabelledValues } from '../foundation/metrics/meter.js';
import { Meters } from '../foundation/metrics/meters.service.js';
import { FilesRepository } from '../records/files/files.repository.js';
import { UploadTotalsRepository } from '../records/files/upload-totals.repository.js';
import { type Room } from '../records/rooms/room.js';
import { type Caller } from '../records/users/user.js';
import { NewcomerQuotas, type UsedQuota } from './newcomer-quotas.service.js';
import { StorageQuotas } from './storage-quotas.service.js';
import { type UploadTotals, type UploadUsage } from '../records/files/upload-usage.js';

/** Seconds after which somebody who uploads too fast may try again. */
const RATE_PAUSE = 60;

/** Somebody's upload, before or after its bytes are written. */
export interface PlannedUpload {
  /** Whether they have a row or not. */
  uploader: Caller;
  room: Room;
  /** Bytes. */
  size: number;
}

/**
 * How much may be uploaded, above all before a message claims it, and kept. Quotas of a person are exact: whoever records an
 * upload holds a lock of the person, also when they upload to two rooms by two processes at once. Those of a room are
 * exact by the room's lock, those of the whole server by a row of their sums that every upload adds to.
 */
@Injectable()
export class UploadQuotas {
  private readonly refused: LabelledValues;

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly files: FilesRepository,
    private readonly totals: UploadTotalsRepository,
    private readonly newcomers: NewcomerQuotas,
    private readonly storage: StorageQuotas,
    meters: Meters,
  ) {
    this.refused = meters.counter({
      name: 'plaza_uploads_refused_total',
      help: 'Uploads refused because a quota was used up, by the setting or the group of people whose quota it is.',
      labels: ['quota'],
    });
  }

  /**
   * Refuses an upload whose quotas are used up already, before its bytes are written.
   * @throws ProtocolError `upload_quota_used`, `storage_quota_used` or `too_many_requests`
   */
  async check(upload: PlannedUpload): Promise<void> {
    const usage = await this.usageOf(this.database, upload);
    this.admit(upload, usage);
    await this.admitNewcomer(this.database, upload);
    const { unclaimed, strangers } = await this.totals.current();
    this.admitToServer(usage, { unclaimed: unclaimed + upload.size, strangers: strangers + upload.size });
    await this.admitToStorage(this.database, upload);
  }

  /**
   * Counts an upload that is about to be recorded. The transaction holds the room's lock and one of the uploader that
   * lets nobody else record an upload of theirs.
   * @returns whether the uploader counts as a stranger
   * @throws ProtocolError `upload_quota_used`, `storage_quota_used` or `too_many_requests`
   */
  async take(tx: Transaction, upload: PlannedUpload): Promise<{ byStranger: boolean }> {
    const usage = await this.usageOf(tx, upload);
    this.admit(upload, usage);
    await this.admitNewcomer(tx, upload);
    const { isStranger: byStranger } = usage;
    this.admitToServer(usage, await this.totals.add(tx, { size: upload.size, byStranger }));
    // After the lock of the totals, so that no upload to another room comes between.
    await this.admitToStorage(tx, upload);
    return { byStranger };
  }

  private usageOf(reader: DatabaseReader, { uploader, room }: PlannedUpload): Promise<UploadUsage> {
    return this.files.usageOf(reader, uploader.id, room.id);
  }

  private async admitNewcomer(reader: DatabaseReader, upload: PlannedUpload): Promise<void> {
    const used = await this.newcomers.usedBy(reader, upload);
    if (used) this.refuse(used);
  }

  private async admitToStorage(
    reader: DatabaseReader,
    { uploader, room, size }: PlannedUpload,
  ): Promise<void> {
    const exceeded = await this.storage.exceededBy(reader, { room, uploaderId: uploader.id, size });
    if (!exceeded) return;
    this.refused.cell(exceeded.quota).value++;
    throw new ProtocolError('storage_quota_used', exceeded.what);
  }

  /** Goes by what counts of the uploader and of the room, without this upload. */
  private admit({ size }: PlannedUpload, usage: UploadUsage): void {
    const { settings } = this;
    this.keepTo(
      'UPLOAD_RATE_LIMIT',
      settings.uploadRateLimit,
      usage.recent + 1,
      `${counted(settings.uploadRateLimit, 'upload')} in ten minutes`,
    );
    this.keepTo(
      'UNCLAIMED_FILES_PER_USER',
      settings.unclaimedFilesPerUser,
      usage.unclaimedFiles + 1,
      'you have uploaded many files that no message shows',
    );
    this.keepTo(
      'UNCLAIMED_BYTES_PER_USER',
      settings.unclaimedBytesPerUser,
      usage.unclaimedBytes + size,
      `${counted(settings.unclaimedBytesPerUser, 'byte')} of yours that no message shows`,
    );
    this.keepTo(
      'UPLOAD_BYTES_PER_USER',
      settings.uploadBytesPerUser,
      usage.dayBytes + size,
      `${counted(settings.uploadBytesPerUser, 'byte')} of yours in a day`,
    );
    this.keepTo(
      'UNCLAIMED_BYTES_PER_ROOM',
      settings.unclaimedBytesPerRoom,
      usage.roomUnclaimedBytes + size,
      'many files were uploaded to this room that no message shows',
    );
  }

  /** Goes by what counts of all uploads, this one included. */
  private admitToServer({ isStranger }: UploadUsage, { unclaimed, strangers }: UploadTotals): void {
    const { unclaimedBytes, strangersUploadBytes } = this.settings;
    const limit = isStranger ? strangersUploadBytes : 0;
    this.keepTo(
      'UNCLAIMED_BYTES',
      unclaimedBytes,
      unclaimed,
      'many files were uploaded that no message shows',
    );
    this.keepTo(
      'STRANGERS_UPLOAD_BYTES',
      limit,
      strangers,
      'people who are new here have uploaded much today',
    );
  }

  /** @param limit 0: none */
  private keepTo(quota: string, limit: number, used: number, what: string): void {
    if (limit > 0 && used > limit) this.refuse({ quota, what, isRate: quota === 'UPLOAD_RATE_LIMIT' });
  }

  private refuse({ quota, what, isRate }: Omit<UsedQuota, 'quota'> & { quota: string }): never {
    this.refused.cell(quota).value++;
    if (isRate) throw new ProtocolError('too_many_requests', what, RATE_PAUSE);
    throw new ProtocolError('upload_quota_used', what);
  }
}
