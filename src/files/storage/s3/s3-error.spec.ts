import { isFull, isMissing, isPassing, refusalIn } from './s3-error.js';

function refusal(status: number, code: string): ReturnType<typeof refusalIn> {
  return refusalIn(status, `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`);
}

describe('an answer of an object store', () => {
  it('tells its status, code and message in one line', () => {
    expect(refusal(403, 'AccessDenied').message).toBe('it answers 403 AccessDenied: m');
    expect(refusalIn(502, '<html>').message).toBe('it answers 502');
  });

  it('says that an object is missing, and does not confuse that with a missing bucket', () => {
    expect(isMissing(refusal(404, 'NoSuchKey'))).toBe(true);
    expect(isMissing(refusalIn(404, ''))).toBe(true);
    expect(isMissing(refusal(404, 'NoSuchBucket'))).toBe(false);
    expect(isMissing(refusal(403, 'AccessDenied'))).toBe(false);
  });

  it('says that the store is full, by its status or by the code of a quota', () => {
    expect(isFull(refusal(507, 'XMinioStorageFull'))).toBe(true);
    expect(isFull(refusal(400, 'XMinioAdminBucketQuotaExceeded'))).toBe(true);
    expect(isFull(refusal(403, 'QuotaExceeded'))).toBe(true);
    expect(isFull(refusal(503, 'SlowDown'))).toBe(false);
  });

  it('allows another attempt when the store is too busy, not when it is full or refuses', () => {
    expect(isPassing(refusal(503, 'SlowDown'))).toBe(true);
    expect(isPassing(refusal(429, 'TooManyRequests'))).toBe(true);
    expect(isPassing(refusal(507, 'InsufficientStorage'))).toBe(false);
    expect(isPassing(refusal(403, 'AccessDenied'))).toBe(false);
  });
});
