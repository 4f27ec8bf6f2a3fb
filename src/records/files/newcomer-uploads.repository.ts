import { Injectable } from '@nestjs/common';
import { column, type Columns } from '../../foundation/database/columns.js';
import { type DatabaseReader } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { IS_ESTABLISHED, joinStanding } from '../defence/established.repository.js';
import { IS_UNCLAIMED, RATE_PERIOD, UNCLAIMED_LIFETIME } from './files.repository.js';

/** Uploads to a room by people who are not established there. */
export interface NewcomerUploads {
  /** Files that the person has uploaded in the last ten minutes. */
  own: number;
  /** Files that newcomers and young members together have uploaded in the last ten minutes. */
  byNewcomers: number;
  /** Bytes of all files of strangers that no message shows. */
  strangersBytes: number;
}

const IS_STRANGER = `t.user_id IS NULL AND NOT EXISTS (
  SELECT 1 FROM trust e WHERE e.user_id = u.id AND e.member_since IS NOT NULL)`;

const NEWCOMER_UPLOADS_COLUMNS: Columns<NewcomerUploads> = {
  own: column.number,
  byNewcomers: column.number,
  strangersBytes: column.number,
};

/** Counts uploads by how far the uploaders are trusted, as `trustIn` says. */
@Injectable()
export class NewcomerUploadsRepository {
  /**
   * Uploads to a room. They are exact under the room's lock.
   * @param userId of the person in question; null for somebody without a row
   */
  async count(reader: DatabaseReader, roomId: number, userId: number | null): Promise<NewcomerUploads> {
    const row = await reader.row(
      NEWCOMER_UPLOADS_COLUMNS,
      `SELECT count(*) FILTER (WHERE is_recent AND uploader_id = $2) AS own,
         count(*) FILTER (WHERE is_recent AND NOT is_stranger) AS "byNewcomers",
         coalesce(sum(size) FILTER (WHERE is_unclaimed AND is_stranger), 0)::float8 AS "strangersBytes"
       FROM (
         SELECT f.uploader_id, f.size, f.uploaded_at > ${NOW} - ${RATE_PERIOD} AS is_recent,
           (${IS_UNCLAIMED} ${UNCLAIMED_LIFETIME}) AS is_unclaimed, ${IS_STRANGER} AS is_stranger
         FROM files f JOIN users u ON u.id = f.uploader_id ${joinStanding('f.room_id')}
         WHERE f.room_id = $1 AND f.uploaded_at > ${NOW} - ${UNCLAIMED_LIFETIME} AND NOT ${IS_ESTABLISHED}
       ) AS uploads`,
      [roomId, userId],
    );
    if (!row) throw new Error('An aggregate returned nothing');
    return row;
  }
}
