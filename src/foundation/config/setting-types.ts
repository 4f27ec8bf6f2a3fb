import { isIP } from 'node:net';
import { resolve } from 'node:path';
import * as z from 'zod';
import { readOrigin } from './community-url.js';

/** How the text of a setting becomes its value, and how to tell a person what is allowed. */
export interface SettingType<T> {
  /** From the text as it stands in the environment to the value. */
  readonly schema: z.ZodType<T, string>;
  /** Completes the sentence "X must be …". */
  readonly allowed: string;
  /** Whether an empty text is a value; for the other types it counts as not set. */
  readonly acceptsEmpty: boolean;
  /** Whether a relative value in a file of settings counts from the folder of that file. */
  readonly isPath?: boolean;
}

const PRINTABLE_HOST = /^[A-Za-z0-9._:-]+$/;
const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

function required<T>(allowed: string, schema: z.ZodType<T, string>): SettingType<T> {
  return { schema, allowed, acceptsEmpty: false };
}

/** A setting that may be left empty, which gives `undefined`. */
export function optional<T>(type: SettingType<T>): SettingType<T | undefined> {
  const none = z.literal('').transform(() => undefined);
  return { ...type, schema: none.or(type.schema), allowed: `${type.allowed}, or empty`, acceptsEmpty: true };
}

/** A whole number within the bounds, both included. */
export function integer(min: number, max: number): SettingType<number> {
  const schema = z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return required(`a whole number from ${min} to ${max}`, schema);
}

/** `true` or `false`, also as yes/no, on/off, 1/0, in any case. */
export function boolean(): SettingType<boolean> {
  const schema = z.string().transform((text, context) => {
    const value = BOOLEANS[text.toLowerCase()];
    if (value === undefined) context.addIssue('not a boolean');
    return value ?? z.NEVER;
  });
  return required('true or false', schema);
}

/** One word of a closed list. */
export function wordOutOf<const Words extends readonly string[]>(words: Words): SettingType<Words[number]> {
  return required(`one of ${words.join(', ')}`, z.string().pipe(z.enum(words)));
}

/** A file or folder; relative paths count from the working directory, the value is absolute. */
export function path(): SettingType<string> {
  const schema = z
    .string()
    .regex(/^[^\0]+$/)
    .transform((text) => resolve(text));
  return { ...required('a path', schema), isPath: true };
}

/** A host name or an IP address to listen on. */
export function host(): SettingType<string> {
  return required('a host name or an IP address', z.string().regex(PRINTABLE_HOST));
}

const NAMED_RANGES = ['loopback', 'linklocal', 'uniquelocal'];

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0) return NAMED_RANGES.includes(text);
  if (bits === undefined) return true;
  // A range of 0 bits would be to trust everyone.
  return rest.length === 0 && /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128);
}

/** IP addresses, ranges of them in CIDR notation, or the names of well-known ranges, separated by commas; maybe none. */
export function addressRanges(): SettingType<readonly string[]> {
  const schema = z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .refine((parts) => parts.every(isAddressRange));
  const allowed = `a list, separated by commas, of IP addresses, ranges such as 10.0.0.0/8, ${NAMED_RANGES.join(', ')}; or empty`;
  return { schema, allowed, acceptsEmpty: true };
}

/** A secret that travels in an HTTP header. */
export function metricsToken(): SettingType<string> {
  return required('16 to 200 printable characters without spaces', z.string().regex(/^[!-~]{16,200}$/));
}

/** A key of 32 bytes, written in hex. */
export function key32(): SettingType<Buffer> {
  const schema = z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .transform((text) => Buffer.from(text, 'hex'));
  return required('64 hex digits', schema);
}

/** A line of text of so many characters at most. */
export function line(longest: number): SettingType<string> {
  const schema = z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^\P{Control}+$/u);
  return required(`a line of at most ${longest} characters`, schema);
}

/** A colour, as `#rrggbb`; the value is in lower case. */
export function colour(): SettingType<string> {
  const schema = z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .transform((text) => text.toLowerCase());
  return required('a colour such as #0b6b4f', schema);
}

/** A room token (protocol 6). */
export function roomToken(): SettingType<string> {
  const allowed = 'a room token: 1 to 64 letters, digits, "-" or "_"';
  return required(allowed, z.string().regex(/^[A-Za-z0-9_-]{1,64}$/));
}

/** The address of a web server without a path; the value has no trailing slash. */
export function webOrigin(): SettingType<string> {
  const schema = z.string().transform((text, context) => {
    const read = readOrigin(text);
    if ('origin' in read) return read.origin;
    context.addIssue(read.reason);
    return z.NEVER;
  });
  return required('an http:// or https:// address without a path, such as https://chat.example.org', schema);
}

/** A URL of one of the given schemes, kept as written because the driver reads it. */
export function connectionUrl(schemes: readonly string[], example: string): SettingType<string> {
  const schema = z.string().refine((text) => {
    const scheme = schemes.find(
      (candidate) => text.startsWith(`${candidate}://`) && text.length > candidate.length + 3,
    );
    // A database on a Unix socket is written without a host, which the URL standard does not know.
    return scheme !== undefined && URL.canParse(text.replace(/^(\w+:\/\/(?:[^/?#]*@)?)(?=[/?])/, '$1socket'));
  });
  const names = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return required(`a ${names} URL, such as ${example}`, schema);
}

/** Name of a bucket, as every S3-compatible store allows it in a host name and in a path. */
export function bucketName(): SettingType<string> {
  const allowed = 'the name of a bucket: 3 to 63 lower-case letters, digits, "-" or "."';
  return required(allowed, z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/));
}

/** Address of an object store, which may have a path; the value has no trailing slash. */
export function storeEndpoint(): SettingType<string> {
  const schema = z
    .string()
    .refine((text) => /^https?:\/\/[^/?#@]+(?:\/[A-Za-z0-9._~/-]*)?$/.test(text) && URL.canParse(text))
    .transform((text) => text.replace(/\/+$/, ''));
  return required('an http:// or https:// address, such as https://s3.eu-central-1.example.com', schema);
}

/** A region as object stores name theirs. */
export function regionName(): SettingType<string> {
  return required('the name of a region, such as eu-central-1', z.string().regex(/^[A-Za-z0-9_-]{1,64}$/));
}

/** An access key or its secret. */
export function credential(): SettingType<string> {
  return required('1 to 200 printable characters without spaces', z.string().regex(/^[!-~]{1,200}$/));
}

/** The begin of keys of objects, which ends with a slash. */
export function objectPrefix(): SettingType<string> {
  const schema = z.string().regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}\/){1,8}$/);
  return required('one or more names, each followed by a slash, such as files/', schema);
}
