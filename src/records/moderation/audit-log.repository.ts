import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { NOW } from '../../foundation/database/now.js';
import { type AuditEntry, type AuditFilter, type AuditRecord } from './audit-log.js';

/** The table of what moderators did. */
@Injectable()
export class AuditLogRepository {
  constructor(private readonly database: Database) {}

  async insert(tx: Transaction, record: AuditRecord): Promise<void> {
    const { actor, action, target, room, before, after } = record;
    await tx.run(
      `INSERT INTO audit_log (at, actor, action, target, room, before, after)
       VALUES (${NOW}, $1, $2, $3, $4, $5, $6)`,
      [actor, action, target, room, before, after],
    );
  }

  /** The newest entries that match, oldest first. */
  async find({ room, actors, targets, action, since, limit }: AuditFilter): Promise<AuditEntry[]> {
    const newestFirst = await this.database.rows<AuditEntry>(
      `SELECT id, at, actor, action, target, room, before, after FROM audit_log
       WHERE ($1::text IS NULL OR lower(room) = lower($1))
         AND ($2::text[] IS NULL OR actor = ANY ($2))
         AND ($3::text[] IS NULL OR target = ANY ($3))
         AND ($4::text IS NULL OR action = $4)
         AND ($5::float8 IS NULL OR at >= $5)
       ORDER BY id DESC LIMIT $6`,
      [room, actors, targets, action, since, limit],
    );
    return newestFirst.reverse();
  }
}
