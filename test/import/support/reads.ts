import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type SessionResponse } from '../../client/response.js';

/** Seconds by which recorded times may differ: they were rounded to milliseconds. */
const ROUNDING = 0.001;

/** An answer in the form in which the fixture records them. */
export function recordOf(path: string, response: SessionResponse): unknown {
  if (response.status !== 200) return response.status;
  if (!path.includes('/file/')) return response.json;
  const { 'content-disposition': name, expires } = response.headers;
  const sha = createHash('sha256').update(response.bytes).digest('hex').slice(0, 16);
  return { sha, name, ...(expires !== undefined && { expires }) };
}

/** A recorded answer as it would be, had it been recorded `shift` seconds later. */
export function shifted(value: unknown, shift: number): unknown {
  if (Array.isArray(value)) return value.map((element) => shifted(element, shift));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === 'expires' && typeof inner === 'string') return [key, shiftedDate(inner, shift)];
      if ((key === 'expires_at' || key === 'at') && typeof inner === 'number') return [key, inner + shift];
      return [key, shifted(inner, shift)];
    }),
  );
}

function shiftedDate(date: string, shift: number): string {
  return new Date(Date.parse(date) + shift * 1000).toUTCString();
}

/** Where two answers differ, a line each; `active_users` was not recorded. */
export function differences(expected: unknown, actual: unknown, at = ''): string[] {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) {
      return [`${at}: ${expected.length} elements expected, ${actual.length} came`];
    }
    return expected.flatMap((element, index) => differences(element, actual[index], `${at}[${index}]`));
  }
  if (isObject(expected) && isObject(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    keys.delete('active_users');
    return [...keys].sort().flatMap((key) => differences(expected[key], actual[key], `${at}.${key}`));
  }
  if (typeof expected === 'number' && typeof actual === 'number' && !Number.isInteger(expected)) {
    return Math.abs(expected - actual) <= ROUNDING ? [] : [`${at}: ${expected} expected, ${actual} came`];
  }
  if (isDeepStrictEqual(expected, actual)) return [];
  return [`${at}: ${brief(expected)} expected, ${brief(actual)} came`];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 120);
}
