import { createHmac, randomBytes } from 'node:crypto';
import { VERSION } from '../../foundation/version.js';
import { type Notice, type Receiver } from '../../records/webhooks/notice.js';
import { type WebRequest } from './web-request.js';

const SECRET_PREFIX = 'whsec_';
/** Bytes of a secret; the standard wants 24 to 64. */
const SECRET_BYTES = 32;

/** How loud ntfy rings, from 1 to 5, and the picture that it shows, by kind. */
const RINGS: Readonly<Record<Notice['kind'], readonly [string, string]>> = {
  'raid.started': ['5', 'rotating_light'],
  'report.created': ['4', 'triangular_flag_on_post'],
  'appeal.created': ['3', 'raising_hand'],
  'message.held': ['3', 'hourglass'],
  'storage.filling': ['3', 'floppy_disk'],
  digest: ['3', 'bar_chart'],
  test: ['3', 'wave'],
};

/** Makes a secret for the signatures of a webhook, in the form that the receivers' libraries take. */
export function makeSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * The request that tells a receiver of a notice.
 * @param id of the delivery; the same for each attempt
 * @param now unix seconds
 */
export function envelopeOf(
  notice: Notice,
  { url, form, secret }: Omit<Receiver, 'id'>,
  id: string,
  now: number,
): WebRequest {
  const agent = { 'user-agent': `Plaza/${VERSION}` };
  if (form === 'ntfy') {
    const [priority, tags] = RINGS[notice.kind];
    const headers = { title: encodedWord(notice.title), priority, tags };
    return {
      url,
      headers: { ...agent, ...headers, 'content-type': 'text/plain; charset=utf-8' },
      body: notice.text,
    };
  }
  const { kind, at, room, title, text, facts } = notice;
  const body = JSON.stringify({
    type: kind,
    timestamp: new Date(at * 1000).toISOString(),
    data: { room, ...facts, title, text },
  });
  const timestamp = String(Math.floor(now));
  const headers = {
    ...agent,
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatureOf(`${id}.${timestamp}.${body}`, secret ?? ''),
  };
  return { url, headers, body };
}

function signatureOf(content: string, secret: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

/** A text as the value of a header, by RFC 2047 where it is not plain ASCII. */
function encodedWord(text: string): string {
  return /^[ -~]*$/.test(text) ? text : `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
}
