import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { readCredentials } from './auth-headers.js';

const key = Buffer.alloc(32, 0xab);
const nonce = Buffer.alloc(16, 0xcd);
const signature = Buffer.alloc(64, 0xef);
const HEADERS = {
  'x-sogs-pubkey': `15${key.toString('hex')}`,
  'x-sogs-nonce': nonce.toString('base64'),
  'x-sogs-timestamp': '1700000000',
  'x-sogs-signature': signature.toString('base64'),
};

function refusalOf(headers: Record<string, string>): string {
  try {
    readCredentials(headers);
  } catch (error) {
    if (error instanceof ProtocolError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('the headers of an authenticated request', () => {
  test('are read as bytes', () => {
    expect(readCredentials(HEADERS)).toEqual({
      blinded: true,
      publicKey: key,
      nonce,
      timestamp: 1_700_000_000,
      timestampDigits: '1700000000',
      signature,
    });
  });

  test('say whether the key is unblinded', () => {
    const unblinded = { ...HEADERS, 'x-sogs-pubkey': `00${key.toString('hex')}` };
    expect(readCredentials(unblinded)).toMatchObject({ blinded: false, publicKey: key });
  });

  test('may be hex of either case or base64 with or without padding', () => {
    for (const spell of [
      (bytes: Buffer) => bytes.toString('hex'),
      (bytes: Buffer) => bytes.toString('hex').toUpperCase(),
      (bytes: Buffer) => bytes.toString('base64'),
      (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, ''),
    ]) {
      const spelled = {
        'x-sogs-pubkey': spell(Buffer.concat([Buffer.from([0x15]), key])),
        'x-sogs-nonce': spell(nonce),
        'x-sogs-timestamp': '1700000000',
        'x-sogs-signature': spell(signature),
      };
      expect(readCredentials(spelled)).toEqual(readCredentials(HEADERS));
    }
  });

  test('keep the digits of the timestamp, which the signature covers', () => {
    expect(readCredentials({ ...HEADERS, 'x-sogs-timestamp': '0017' })).toMatchObject({
      timestamp: 17,
      timestampDigits: '0017',
    });
  });

  test('are those of an anonymous request when all are missing or empty', () => {
    expect(readCredentials({})).toBeNull();
    expect(readCredentials({ 'content-type': 'application/json' })).toBeNull();
    expect(readCredentials(Object.fromEntries(Object.keys(HEADERS).map((name) => [name, ''])))).toBeNull();
  });

  test.each(Object.keys(HEADERS))('are incomplete without %s', (name) => {
    expect(refusalOf({ ...HEADERS, [name]: '' })).toBe(
      'malformed_authentication: Invalid authentication: 1 of the 4 X-SOGS headers are missing',
    );
  });

  test.each([
    ['x-sogs-pubkey', `05${key.toString('hex')}`],
    ['x-sogs-pubkey', key.toString('hex')],
    ['x-sogs-pubkey', 'Łorem'],
    ['x-sogs-nonce', nonce.toString('hex').slice(2)],
    ['x-sogs-nonce', '-_-_-_-_-_-_-_-_-_-_-w'],
    ['x-sogs-timestamp', '1700000000.0'],
    ['x-sogs-timestamp', '-1'],
    ['x-sogs-timestamp', '١٧٠٠'],
    ['x-sogs-timestamp', '1'.repeat(16)],
    ['x-sogs-signature', signature.toString('hex').slice(1)],
    ['x-sogs-signature', ' '],
  ])('are malformed with %s: %s', (name, value) => {
    expect(refusalOf({ ...HEADERS, [name]: value })).toMatch(/^malformed_authentication: .*X-SOGS-/);
  });
});
