import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type MediaPiece } from './media.service.js';
import { type Asset } from './assets.service.js';
import { type Page } from './page-cache.js';

/** A page needs nothing but itself and the files of this server, runs no script that it brings, and is framed by nobody. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A picture or drawing that is opened by itself can do nothing at all. */
const PICTURE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** How long a browser keeps something; pages are asked for again each time, which mostly costs a 304. */
export type Freshness = 'ask again' | 'minutes' | 'for good';

const CACHE_CONTROL: Record<Freshness, string> = {
  'ask again': 'no-cache',
  minutes: 'private, max-age=300',
  'for good': 'public, max-age=31536000, immutable',
};

/** A refusal is a page to browsers and plain text to everyone else, and pages speak the reader's language. */
export const PAGE_VARIES = 'accept, accept-language, accept-encoding';

/** Sends a page, or 304 to a browser that has it. */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  page: Page,
  status = 200,
  type = 'text/html; charset=utf-8',
): void {
  reply.headers({
    ...COMMON_HEADERS,
    'content-security-policy': PAGE_POLICY,
    'cache-control': CACHE_CONTROL['ask again'],
    vary: PAGE_VARIES,
  });
  const packed = takesGzip(request) ? page.packed : undefined;
  // Bytes that differ have another tag.
  const etag = packed ? page.etag.replace(/"$/, '-gzip"') : page.etag;
  if (status === 200) reply.header('etag', etag);
  if (status === 200 && knows(request.headers['if-none-match'], etag)) {
    void reply.status(304).send();
    return;
  }
  if (packed) void reply.header('content-encoding', 'gzip');
  void reply
    .status(status)
    .header('content-type', type)
    .send(packed ?? page.html);
}

/** Sends something that is made like a page and read by programs. */
export function sendDocument(request: FastifyRequest, reply: FastifyReply, type: string, page: Page): void {
  sendPage(request, reply, page, 200, type);
}

/** Sends a style sheet, script or picture of this server's own. */
export function sendAsset(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, bytes, packed }: Asset,
  freshness: Freshness = 'for good',
): void {
  if (packed) void reply.header('vary', 'accept-encoding');
  const isPacked = packed !== undefined && takesGzip(request);
  if (isPacked) void reply.header('content-encoding', 'gzip');
  sendFile(reply, { type, bytes: isPacked ? packed : bytes }, freshness);
}

/** Sends a file that pages refer to. */
export function sendFile(
  reply: FastifyReply,
  { type, bytes }: { type: string; bytes: Buffer | string },
  freshness: Freshness,
): void {
  void reply
    .headers({
      ...COMMON_HEADERS,
      'content-security-policy': PICTURE_POLICY,
      'cache-control': CACHE_CONTROL[freshness],
      'content-type': type,
    })
    .send(bytes);
}

/** Sends a part of a recording: all of it if it is small, else as much as one answer may have. */
export function sendMedia(reply: FastifyReply, found: MediaPiece | { beyond: number }): void {
  void reply.header('accept-ranges', 'bytes');
  if ('beyond' in found) {
    void reply.status(416).header('content-range', `bytes */${found.beyond}`).send();
    return;
  }
  const { first, last } = found.range;
  const isWhole = first === 0 && last === found.size - 1;
  if (!isWhole) void reply.status(206).header('content-range', `bytes ${first}-${last}/${found.size}`);
  sendFile(reply, found, 'minutes');
}

function takesGzip({ headers }: FastifyRequest): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$))/i.test(headers['accept-encoding'] ?? '');
}

/** Whether a browser that names these tags has the page with this one. */
function knows(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
