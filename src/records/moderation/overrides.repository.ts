import { Injectable } from '@nestjs/common';
import { column } from '../../foundation/database/columns.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { PermissionOverrideEntity } from '../entities/permission.entity.js';
import { type GrantedPermissions } from '../events/event.js';
import { NO_MARKS, type PermissionOverride, saysNothing } from '../users/user.js';

/** The override of somebody about whom a room says nothing. */
export const NO_OVERRIDE: Readonly<PermissionOverride> = Object.freeze({
  banned: false,
  read: null,
  accessible: null,
  write: null,
  upload: null,
  moderator: false,
  admin: false,
  visible: true,
  ...NO_MARKS,
});

/** The table of roles, bans and permissions of users in rooms. */
@Injectable()
export class OverridesRepository {
  constructor(private readonly database: Database) {}

  /** Every override in a room, by Session ID. */
  async ofRoom(roomId: number): Promise<(PermissionOverride & { sessionId: string })[]> {
    return this.database.rows(
      {
        banned: column.boolean,
        read: column.boolean.orNull,
        accessible: column.boolean.orNull,
        write: column.boolean.orNull,
        upload: column.boolean.orNull,
        moderator: column.boolean,
        admin: column.boolean,
        visible: column.boolean,
        trusted: column.boolean,
        mutedUntil: column.number.orNull,
        shadowed: column.boolean,
        sessionId: column.text,
      },
      `SELECT u.session_id AS "sessionId", o.banned, o.read, o.accessible, o.write, o.upload, o.moderator,
         o.admin, o.visible, o.trusted, o.muted_until AS "mutedUntil", o.shadowed
       FROM permission_overrides o JOIN users u ON u.id = o.user_id
       WHERE o.room_id = $1 ORDER BY u.session_id`,
      [roomId],
    );
  }

  /**
   * Puts an override in place of the one before, if any; one that says nothing is removed. The user's standing must
   * be locked, so that nobody else writes what was read before.
   */
  async save(
    tx: Transaction,
    { roomId, userId }: { roomId: number; userId: number },
    override: PermissionOverride,
  ): Promise<void> {
    const rows = tx.repository(PermissionOverrideEntity);
    if (saysNothing(override)) await rows.delete({ roomId, userId });
    else await rows.upsert({ ...override, roomId, userId }, ['roomId', 'userId']);
  }
}

/** The permissions that an override grants and denies; null is the room's default. */
export function grantsOf({ read, accessible, write, upload }: PermissionOverride): GrantedPermissions {
  return { read, accessible, write, upload };
}
