import { Injectable } from '@nestjs/common';
import { type Transaction } from '../database/database.js';
import { type PermissionOverride } from '../users/user.js';

/** What someone is in a room that has nothing on them. */
export const NO_OVERRIDE: Readonly<PermissionOverride> = Object.freeze({
  banned: false,
  read: null,
  accessible: null,
  write: null,
  upload: null,
  moderator: false,
  admin: false,
  visible: true,
});

/** The table of roles, bans and permissions of users in rooms. */
@Injectable()
export class OverridesRepository {
  /**
   * Puts an override in place of the one before, if any; one that says nothing is removed. The user's standing must
   * be locked, so that nobody else writes what was read before.
   */
  async save(
    tx: Transaction,
    { roomId, userId }: { roomId: number; userId: number },
    override: PermissionOverride,
  ): Promise<void> {
    if (saysNothing(override)) {
      await tx.run('DELETE FROM permission_overrides WHERE room_id = $1 AND user_id = $2', [roomId, userId]);
      return;
    }
    const { banned, read, accessible, write, upload, moderator, admin, visible } = override;
    await tx.run(
      `INSERT INTO permission_overrides
         (room_id, user_id, banned, read, accessible, write, upload, moderator, admin, visible)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (room_id, user_id) DO UPDATE SET
         banned = excluded.banned, read = excluded.read, accessible = excluded.accessible,
         write = excluded.write, upload = excluded.upload, moderator = excluded.moderator,
         admin = excluded.admin, visible = excluded.visible`,
      [roomId, userId, banned, read, accessible, write, upload, moderator, admin, visible],
    );
  }
}

function saysNothing({ banned, moderator, read, accessible, write, upload }: PermissionOverride): boolean {
  return !banned && !moderator && [read, accessible, write, upload].every((value) => value === null);
}
