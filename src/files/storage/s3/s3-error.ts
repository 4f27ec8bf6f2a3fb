/** An answer of a store other than success. */
export class S3Refusal extends Error {
  override readonly name = 'S3Refusal';

  /**
   * @param status of HTTP
   * @param code such as `NoSuchKey`; empty when the answer has none, as that of HEAD
   * @param detail in the words of the store
   */
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(`it answers ${[status, code].join(' ').trim()}${detail === '' ? '' : `: ${detail}`}`);
  }
}

/** The store has no such object. A bucket that is missing is another refusal, or an empty one would look the same. */
export function isMissing(error: unknown): boolean {
  return error instanceof S3Refusal && error.status === 404 && error.code !== 'NoSuchBucket';
}

/** Codes of stores whose disks, or the quota of the bucket, are used up. */
const FULL = new Set([
  'InsufficientStorage',
  'QuotaExceeded',
  'StorageQuotaExceeded',
  'XMinioStorageFull',
  'XMinioAdminBucketQuotaExceeded',
]);

/** The store has no room for an object. */
export function isFull(error: unknown): boolean {
  return error instanceof S3Refusal && (error.status === 507 || FULL.has(error.code));
}

/** The store may do the same request in a moment. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof S3Refusal && (error.status === 429 || (error.status >= 500 && error.status !== 507))
  );
}

/** Reads what a store says of a failure: a small piece of XML with `Code` and `Message`. */
export function refusalIn(status: number, body: string): S3Refusal {
  const field = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1] ?? '';
  return new S3Refusal(status, field('Code'), field('Message'));
}
