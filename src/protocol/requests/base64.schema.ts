import * as z from 'zod';
import { decodeBase64 } from '../crypto/encoding.js';

/** Base64 with or without padding, decoded. */
export const base64Schema = z.string().transform((text, context) => {
  const bytes = decodeBase64(text);
  if (bytes) return bytes;
  context.addIssue('must be base64');
  return z.NEVER;
});
