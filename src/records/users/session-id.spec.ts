import { blindedIdSchema, isBlinded, publicKeyOf, sessionIdSchema } from './session-id.js';

const digits = '0123456789abcdef'.repeat(4);

describe('a Session ID', () => {
  test('begins with 05 or 15 and is the same in either case', () => {
    expect(sessionIdSchema.parse(`05${digits}`)).toBe(`05${digits}`);
    expect(sessionIdSchema.parse(`15${digits.toUpperCase()}`)).toBe(`15${digits}`);
  });

  test.each([
    '',
    digits,
    `00${digits}`,
    `25${digits}`,
    `05${digits}0`,
    `05${digits.slice(1)}`,
    `05${digits}\n`,
    ` 05${digits}`,
    `05${'g'.repeat(64)}`,
  ])('can not be %p', (text) => {
    expect(sessionIdSchema.safeParse(text).success).toBe(false);
  });

  test('is blinded when it begins with 15', () => {
    expect(isBlinded(`15${digits}`)).toBe(true);
    expect(isBlinded(`05${digits}`)).toBe(false);
    expect(blindedIdSchema.parse(`15${digits.toUpperCase()}`)).toBe(`15${digits}`);
    expect(blindedIdSchema.safeParse(`05${digits}`).success).toBe(false);
  });

  test('holds a public key of 32 bytes', () => {
    expect(publicKeyOf(`15${digits}`)).toEqual(Buffer.from(digits, 'hex'));
  });
});
