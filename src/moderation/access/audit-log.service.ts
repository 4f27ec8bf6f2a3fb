import { Injectable } from '@nestjs/common';
import { type Transaction } from '../../foundation/database/database.js';
import { type AuditEntry, type AuditFilter, type AuditRecord } from '../../records/moderation/audit-log.js';
import { AuditLogRepository } from '../../records/moderation/audit-log.repository.js';

/** Who did what to whom, where and when. Only the operator reads it, on the command line; no endpoint shows it. */
@Injectable()
export class AuditLogService {
  constructor(private readonly repository: AuditLogRepository) {}

  /** Records an action in the transaction that does it: there is never one without the other. */
  async record(tx: Transaction, record: AuditRecord): Promise<void> {
    await this.repository.insert(tx, record);
  }

  /** The newest entries that match, oldest first; for the command line. */
  find(filter: AuditFilter): Promise<AuditEntry[]> {
    return this.repository.find(filter);
  }
}
