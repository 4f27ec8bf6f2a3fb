import { errorCode } from '../../foundation/database/errors.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';

/** A disk, a quota or a process's file size limit that is used up. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Replaces what a full disk throws by the refusal `storage_full`; anything else stays as it is. */
export function translateFullDisk(error: unknown): unknown {
  return FULL.has(errorCode(error) ?? '') ? new ProtocolError('storage_full') : error;
}
