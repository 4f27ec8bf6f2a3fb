import { EMPTY_PAYLOAD, S3Signer } from './s3-signature.js';

/** The examples of Amazon's documentation, "Signature Calculations for the Authorization Header". */
const signer = new S3Signer({
  region: 'us-east-1',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
});
const host = 'examplebucket.s3.amazonaws.com';
const moment = Date.UTC(2013, 4, 24);

function signatureOf(parts: Parameters<S3Signer['headers']>[0]): string | undefined {
  return /Signature=(\w+)/.exec(signer.headers(parts, moment).authorization ?? '')?.[1];
}

describe('a signature of a request to an object store', () => {
  it('equals the one in the example that reads a part of an object', () => {
    const headers = { range: 'bytes=0-9' };
    const parts = { method: 'GET', host, path: '/test.txt', query: {}, headers, payload: EMPTY_PAYLOAD };
    expect(signatureOf(parts)).toBe('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
  });

  it('equals the one in the example that writes an object', () => {
    const headers = { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' };
    const payload = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
    const parts = { method: 'PUT', host, path: '/test%24file.text', query: {}, headers, payload };
    expect(signatureOf(parts)).toBe('98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd');
  });

  it('equals the one in the example that lists objects', () => {
    const query = { prefix: 'J', 'max-keys': '2' };
    const parts = { method: 'GET', host, path: '/', query, headers: {}, payload: EMPTY_PAYLOAD };
    expect(signatureOf(parts)).toBe('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
  });
});
