import { Injectable } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { Settings } from '../foundation/config/settings.js';
import { type DatabaseReader } from '../foundation/database/database.js';
import { acquaintanceOf, isEstablished, trustIn, type TrustLevel } from '../records/defence/trust.js';
import { TrustRepository } from '../records/defence/trust.repository.js';
import {
  type NewcomerUploads,
  NewcomerUploadsRepository,
} from '../records/files/newcomer-uploads.repository.js';
import { type Room } from '../records/rooms/room.js';
import { settingsOf } from '../records/rooms/room-settings.js';
import { type Caller } from '../records/users/user.js';

/** Files that a stranger may upload to a room in ten minutes. */
const STRANGERS_FILES = 2;
/** Bytes of all strangers' files in a room that no message shows. */
const STRANGERS_BYTES = 200_000_000;
/** Files that newcomers and young members together may upload to a room in ten minutes. */
const NEWCOMERS_FILES = 10;

/** A quota that an upload would exceed. */
export interface UsedQuota {
  /** As meters name it. */
  quota: 'strangers files' | 'strangers bytes' | 'newcomers files';
  /** The reason for the uploader. */
  what: string;
  /** Whether it is free again in some minutes, whatever anybody does. */
  isRate: boolean;
}

/** How much people who are not established in a room may upload there, while its defence is on. */
@Injectable()
export class NewcomerQuotas {
  constructor(
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly trust: TrustRepository,
    private readonly uploads: NewcomerUploadsRepository,
  ) {}

  /**
   * The quota that an upload would exceed, if there is one.
   * @param size in bytes
   */
  async usedBy(
    reader: DatabaseReader,
    { room, uploader, size }: { room: Room; uploader: Caller; size: number },
  ): Promise<UsedQuota | undefined> {
    if (settingsOf(room, this.settings).defence !== 'on') return undefined;
    const known = uploader.id === null ? undefined : await this.trust.of(reader, room.token, [uploader.id]);
    const acquaintance = acquaintanceOf(known, uploader);
    const level = trustIn(room.id, uploader, acquaintance);
    if (isEstablished(level, acquaintance.record, this.clock.seconds())) return undefined;
    return usedQuota(level, size, await this.uploads.count(reader, room.id, uploader.id));
  }
}

/** The quota that an upload of somebody who is not established would exceed. */
export function usedQuota(
  level: TrustLevel,
  size: number,
  { own, byNewcomers, strangersBytes }: NewcomerUploads,
): UsedQuota | undefined {
  if (level !== 'stranger') {
    if (byNewcomers < NEWCOMERS_FILES) return undefined;
    const what = `people who are new here have uploaded ${NEWCOMERS_FILES} files in ten minutes`;
    return { quota: 'newcomers files', what, isRate: true };
  }
  if (own >= STRANGERS_FILES) {
    const what = `${STRANGERS_FILES} uploads in ten minutes before your first post`;
    return { quota: 'strangers files', what, isRate: true };
  }
  if (strangersBytes + size <= STRANGERS_BYTES) return undefined;
  return {
    quota: 'strangers bytes',
    what: 'strangers have uploaded much that no message shows',
    isRate: false,
  };
}
