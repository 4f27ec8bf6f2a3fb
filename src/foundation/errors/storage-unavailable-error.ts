/**
 * A store of files does not do its work at the moment. The message is for the operator; clients are told `unavailable`, and
 * may try again.
 */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}
