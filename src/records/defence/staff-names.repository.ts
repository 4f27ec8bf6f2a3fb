import { Injectable } from '@nestjs/common';
import { Database } from '../../foundation/database/database.js';

/**
 * In SQL: an array of those of some names that belong to somebody whom the room `r` shows as its staff; null without any.
 * @param names an array of bigint
 */
export function namesOfStaffAmong(names: string): string {
  return `(SELECT array_agg(DISTINCT n.name)
    FROM staff_names n JOIN users u ON u.id = n.user_id
      LEFT JOIN permission_overrides o ON o.room_id = r.id AND o.user_id = u.id
    WHERE n.name = ANY (${names}) AND ((u.moderator AND u.visible) OR coalesce(o.moderator AND o.visible, false)))`;
}

/** The table of names under which staff writes, as fingerprints. */
@Injectable()
export class StaffNamesRepository {
  constructor(private readonly database: Database) {}

  /** Keeps the name of one of the staff in place of an earlier one. */
  async keep(userId: number, name: number): Promise<void> {
    await this.database.run(
      `INSERT INTO staff_names AS n (user_id, name) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET name = excluded.name WHERE n.name <> excluded.name`,
      [userId, name],
    );
  }
}
