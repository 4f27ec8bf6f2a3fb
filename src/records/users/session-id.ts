import * as z from 'zod';

/** A Session ID in a path or a body: `05…` or `15…`, upper-case hex is the same ID; out comes lower case. */
export const sessionIdSchema = z
  .string()
  .regex(/^[01]5[0-9a-fA-F]{64}$/, 'must be a Session ID: 05 or 15 and 64 hex digits')
  .transform((id) => id.toLowerCase());

/** A blinded ID, `15…`. */
export const blindedIdSchema = z
  .string()
  .regex(/^15[0-9a-fA-F]{64}$/, 'must be a blinded Session ID: 15 and 64 hex digits')
  .transform((id) => id.toLowerCase());

/** Whether the ID is blinded for this server (protocol 2). */
export function isBlinded(sessionId: string): boolean {
  return sessionId.startsWith('15');
}

/** The 32-byte public key of an ID. */
export function publicKeyOf(sessionId: string): Buffer {
  return Buffer.from(sessionId.slice(2), 'hex');
}
