/** A piece of a message's text. */
export type TextPart =
  | { kind: 'text'; text: string }
  /** A word that was searched for. */
  | { kind: 'mark'; text: string }
  | { kind: 'link'; url: string }
  /** `name` once it is known. */
  | { kind: 'mention'; sessionId: string; name?: string | undefined };

/** Web addresses, and the IDs that clients write for a mention. */
const SPECIAL = /https?:\/\/[^\s<>"]+|@[01]5[0-9a-f]{64}\b/gi;
/**
 * Ends a sentence rather than an address: closing quotes among others, which are escaped because one wide character
 * as it is would double what the text of the whole program takes of a worker's memory.
 */
const TRAILING = /[.,;:!?'\u2019\u201d\u00bb*_~]+$/;

/** Characters of an address that is followed; browsers and servers take about as many. */
const LONGEST_URL = 2_000;

/**
 * Splits a text into words, links that are safe to follow, and mentions; together they say what the text says.
 * @param most links and mentions that are looked for; what comes after them is plain text
 */
export function textParts(text: string, most = Infinity): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  let found = 0;
  for (const { 0: match, index } of text.matchAll(SPECIAL)) {
    const part = match.startsWith('@') ? mention(match) : link(match);
    if (!part) continue;
    if (found++ === most) break;
    if (index > end) parts.push({ kind: 'text', text: text.slice(end, index) });
    parts.push(part.part);
    end = index + part.length;
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

/** The address as it is followed, if it is one of the web: never `javascript:` and its like. */
export function safeUrl(text: string | undefined): string | undefined {
  if (text === undefined || text.length > LONGEST_URL || !/^https?:\/\//i.test(text)) return undefined;
  return URL.canParse(text) ? text : undefined;
}

/** A Session ID as people can tell it apart at a glance. */
export function shortId(sessionId: string): string {
  return `${sessionId.slice(0, 6)}…${sessionId.slice(-4)}`;
}

function mention(match: string): { part: TextPart; length: number } {
  return { part: { kind: 'mention', sessionId: match.slice(1).toLowerCase() }, length: match.length };
}

function link(match: string): { part: TextPart; length: number } | undefined {
  const url = safeUrl(withoutClosing(match.replace(TRAILING, '')));
  return url === undefined ? undefined : { part: { kind: 'link', url }, length: url.length };
}

/** A bracket that was opened before the address, as in "(see https://example.org)", closes after it. */
function withoutClosing(url: string): string {
  return url.endsWith(')') && !url.includes('(') ? url.replace(/\)+$/, '').replace(TRAILING, '') : url;
}
