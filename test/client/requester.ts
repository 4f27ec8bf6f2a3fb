import { HttpConnections } from './http.js';
import { type Identity, type Signer } from './identity.js';
import {
  decodeV3,
  decodeV4,
  encodeV3,
  encodeV4,
  sealOnion,
  type InnerRequest,
  type SealOptions,
} from './onion.js';
import { authHeaders, type AuthOverrides } from './request-auth.js';
import { SessionResponse } from './response.js';
import { type BatchReply, type BatchRequest } from './types.js';

/**
 * The transport of requests. `onion-v4-unnamed` is AES-GCM without `enc_type`, as Android sends it; `onion-v3` is
 * AES-GCM too. v3 replies have no headers, and errors no body.
 */
export type Transport = 'plain' | 'onion-v4-xchacha20' | 'onion-v4-aes-gcm' | 'onion-v4-unnamed' | 'onion-v3';

export const TRANSPORTS: readonly Transport[] = [
  'plain',
  'onion-v4-xchacha20',
  'onion-v4-aes-gcm',
  'onion-v4-unnamed',
  'onion-v3',
];

const sealOptions: Record<Exclude<Transport, 'plain'>, SealOptions> = {
  'onion-v4-xchacha20': { cipher: 'xchacha20' },
  'onion-v4-aes-gcm': { cipher: 'aes-gcm' },
  'onion-v4-unnamed': { cipher: 'aes-gcm', encType: null },
  'onion-v3': { cipher: 'aes-gcm' },
};

export interface SessionClientOptions {
  /** Such as `http://127.0.0.1:3000`. */
  serverUrl: string;
  /** X25519, 64 hex digits. */
  serverPublicKey: string;
  /** The identity that signs the requests; anonymous when missing. */
  identity?: Identity | undefined;
  /** Signs as `15…` (true, the default) or as `00…`. */
  blinded?: boolean;
  /** `onion-v4-xchacha20` by default. */
  transport?: Transport;
  /** Milliseconds without a sign of an answer after which it gives up; 30 000 by default. */
  patience?: number | undefined;
  /** Dates the requests; the machine's by default. */
  clock?: { seconds(): number } | undefined;
}

/** Ways to deviate from what a client sends; each part left out is done properly. */
export interface RequestOptions {
  /** Added to, or put in place of, the headers of the request, in any case; null drops one. */
  headers?: Record<string, string | null>;
  /** `'none'` sends no `X-SOGS-*` header at all; an object signs wrongly, see `AuthOverrides`. */
  auth?: 'none' | AuthOverrides;
  /** Seals the onion request differently, see `SealOptions`. */
  seal?: Partial<SealOptions>;
}

/**
 * Signs requests, sends them over one of the transports and reads the answers.
 *
 * Paths go out as written: percent-encode with `encodeURIComponent` where that is wanted. Bodies: `undefined` is
 * none, bytes are sent as `application/octet-stream`, a string is sent as it stands under `application/json` (for
 * broken JSON), everything else becomes JSON.
 */
export class SessionRequester {
  readonly serverUrl: string;
  readonly serverPublicKey: string;
  readonly identity: Identity | undefined;
  readonly transport: Transport;
  protected readonly signer: Signer | undefined;
  private readonly clock: SessionClientOptions['clock'];
  private readonly connections: HttpConnections;

  constructor(options: SessionClientOptions) {
    this.serverUrl = options.serverUrl;
    this.serverPublicKey = options.serverPublicKey;
    this.identity = options.identity;
    this.transport = options.transport ?? 'onion-v4-xchacha20';
    this.signer =
      (options.blinded ?? true)
        ? options.identity?.blindedFor(options.serverPublicKey)
        : options.identity?.unblinded;
    this.clock = options.clock;
    this.connections = new HttpConnections(options.serverUrl, options.patience);
  }

  get(path: string, options?: RequestOptions): Promise<SessionResponse> {
    return this.request('GET', path, undefined, options);
  }

  post(path: string, body?: unknown, options?: RequestOptions): Promise<SessionResponse> {
    return this.request('POST', path, body, options);
  }

  put(path: string, body?: unknown, options?: RequestOptions): Promise<SessionResponse> {
    return this.request('PUT', path, body, options);
  }

  delete(path: string, body?: unknown, options?: RequestOptions): Promise<SessionResponse> {
    return this.request('DELETE', path, body, options);
  }

  /** `POST /batch`: all requests, answered in order. */
  batch(requests: BatchRequest[], options?: RequestOptions): Promise<SessionResponse<BatchReply[]>> {
    return this.post('/batch', requests, options) as Promise<SessionResponse<BatchReply[]>>;
  }

  /** `POST /sequence`: like a batch, up to and including the first request that fails. */
  sequence(requests: BatchRequest[], options?: RequestOptions): Promise<SessionResponse<BatchReply[]>> {
    return this.post('/sequence', requests, options) as Promise<SessionResponse<BatchReply[]>>;
  }

  /** Signs and sends one request with any method. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    options: RequestOptions = {},
  ): Promise<SessionResponse> {
    const bytes = bodyBytes(body);
    const headers = withOverrides(
      {
        ...(bytes ? { 'Content-Type': contentType(body) } : {}),
        ...this.signedHeaders(method, path, bytes, options.auth),
      },
      options.headers ?? {},
    );
    const request: InnerRequest = { method, endpoint: path, headers, ...(bytes ? { body: bytes } : {}) };
    if (this.transport === 'plain') {
      const reply = await this.connections.send(method, path, headers, bytes);
      return new SessionResponse(`${method} ${path}`, reply.status, reply.headers, reply.body, false);
    }
    const plaintext = this.transport === 'onion-v3' ? encodeV3(request) : encodeV4(request);
    return this.sendPlaintext(plaintext, options.seal, `${method} ${path}`);
  }

  /**
   * Seals any plaintext as this client's transport does and reads the answer, for requests that no client builds.
   * `label` names the request in error texts.
   */
  async sendPlaintext(
    plaintext: Uint8Array,
    seal: Partial<SealOptions> = {},
    label = 'onion request',
  ): Promise<SessionResponse> {
    if (this.transport === 'plain') throw new Error('a plain client seals nothing');
    const sealed = sealOnion(plaintext, this.serverPublicKey, { ...sealOptions[this.transport], ...seal });
    const v3 = this.transport === 'onion-v3';
    const outer = await this.sendSealed(sealed.body, v3 ? '/oxen/v3/lsrpc' : '/oxen/v4/lsrpc');
    if (outer.status !== 200) return outer;
    const opened = sealed.open(v3 ? Buffer.from(outer.text, 'base64') : outer.bytes);
    const reply = v3 ? decodeV3(opened) : decodeV4(opened);
    return new SessionResponse(label, reply.status, reply.headers, reply.body, true);
  }

  /**
   * Posts bytes to an onion endpoint as they are and returns the outer HTTP answer, for bodies that can't be opened.
   */
  async sendSealed(body: Uint8Array, endpoint = '/oxen/v4/lsrpc'): Promise<SessionResponse> {
    const reply = await this.connections.send('POST', endpoint, {}, body);
    return new SessionResponse(`POST ${endpoint}`, reply.status, reply.headers, reply.body, false);
  }

  /** Closes the connections it keeps; the next request opens new ones. */
  close(): void {
    this.connections.close();
  }

  private signedHeaders(
    method: string,
    path: string,
    body: Uint8Array | undefined,
    auth: RequestOptions['auth'] = {},
  ): Record<string, string> {
    if (!this.signer || auth === 'none') return {};
    const dated = this.clock ? { timestamp: Math.floor(this.clock.seconds()) } : {};
    return authHeaders(this.signer, this.serverPublicKey, { method, path, body }, { ...dated, ...auth });
  }
}

function bodyBytes(body: unknown): Uint8Array | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}

function contentType(body: unknown): string {
  return body instanceof Uint8Array ? 'application/octet-stream' : 'application/json';
}

function withOverrides(
  headers: Record<string, string>,
  overrides: Record<string, string | null>,
): Record<string, string> {
  const replaced = new Set(Object.keys(overrides).map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  const added = Object.entries(overrides).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries([...kept, ...added]);
}
