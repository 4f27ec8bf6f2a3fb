/** A backup or restore that can't be done. The message is one line that says what to do about it. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
