import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Clock } from '../../../foundation/clock.js';
import { errorCode } from '../../../foundation/database/errors.js';
import { waitsForOthers } from '../../../foundation/database/transaction-watch.js';
import { isPassing, type S3Refusal, refusalIn } from './s3-error.js';
import { canonicalQuery, EMPTY_PAYLOAD, type S3Credentials, S3Signer } from './s3-signature.js';

/** Milliseconds without a byte in either direction after which a store counts as silent. */
const SILENCE_MS = 8_000;
/** Milliseconds that an answer may take from the start of its request, and bytes of a body that must move meanwhile. */
const ANSWER_MS = 12_000;
const SLOWEST_BYTES_PER_MS = 250;
/** Connections that are kept for the next requests. */
const IDLE_CONNECTIONS = 32;
const ATTEMPTS = 2;
/** Milliseconds before a request that the store was too busy for is sent again. */
const PAUSE_MS = 250;
/** Bytes; a page of a listing has 400 KB. */
const LONGEST_TEXT = 4 * 1024 * 1024;
const KEYS_IN_A_PAGE = 1000;

/** Where a store is, and who asks. */
export interface S3Target extends S3Credentials {
  /** Address without a slash at its end. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Whether the bucket is named in the path instead of the host. */
  readonly forcePathStyle: boolean;
}

/** A body of known size and hashes, which may have to be sent twice. */
export interface S3Body {
  /** Bytes. */
  readonly size: number;
  readonly sha256: Buffer;
  readonly md5: Buffer;
  readonly content: Buffer | (() => Readable);
}

/** A line of a listing. */
export interface ListedObject {
  readonly key: string;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

interface S3Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: S3Body;
}

/**
 * The five requests of S3 that files need. Every one ends in bounded time; those that never reached the store, or that it
 * was too busy for, are sent once more, which all of them bear. Methods reject with S3Refusal for an answer other than
 * success and with what Node.js says when there was none.
 */
export class S3Client {
  private readonly signer: S3Signer;
  /** The store compares times with its own clock, whatever the server's is held at. */
  private readonly clock = new Clock();
  private readonly url: URL;
  private readonly basePath: string;
  private readonly agent: HttpAgent;
  private readonly request: typeof httpRequest;

  constructor(target: S3Target) {
    this.signer = new S3Signer(target);
    const { bucket, forcePathStyle } = target;
    this.url = new URL(target.endpoint);
    const path = this.url.pathname.replace(/\/$/, '');
    if (!forcePathStyle) this.url.hostname = `${bucket}.${this.url.hostname}`;
    this.basePath = forcePathStyle ? `${path}/${bucket}` : path;
    const isSecure = this.url.protocol === 'https:';
    const options = { keepAlive: true, maxFreeSockets: IDLE_CONNECTIONS, timeout: SILENCE_MS };
    this.agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
    this.request = isSecure ? httpsRequest : httpRequest;
  }

  /**
   * Begins to read an object. The caller reads the body or destroys it; it fails when the store keeps its reader waiting.
   */
  async get(key: string): Promise<IncomingMessage> {
    const answer = await this.send({ method: 'GET', key });
    if (answer.headers['content-length'] === undefined) {
      answer.destroy();
      throw new Error('it sends an object without its length');
    }
    endWhenSilent(answer);
    return answer;
  }

  /** Asks for the size of an object, in bytes. */
  async size(key: string): Promise<number> {
    const answer = await this.send({ method: 'HEAD', key });
    answer.resume();
    return Number(answer.headers['content-length']);
  }

  /**
   * Writes an object. The store refuses a body that differs from its hashes.
   * @returns the entity tag that the store gave it, without quotes
   */
  async put(key: string, body: S3Body): Promise<string> {
    const answer = await this.send({ method: 'PUT', key, body });
    answer.resume();
    return (answer.headers.etag ?? '').replaceAll('"', '');
  }

  /** Removes an object, if there is one. */
  async delete(key: string): Promise<void> {
    (await this.send({ method: 'DELETE', key })).resume();
  }

  /** A page of the keys that begin with a prefix, in their order, from the first one after `after`. */
  async list(
    prefix: string,
    after: string,
    limit = KEYS_IN_A_PAGE,
  ): Promise<{ objects: ListedObject[]; isLast: boolean }> {
    const query = { 'list-type': '2', 'max-keys': String(limit), prefix, 'start-after': after };
    const xml = await readAnswerText(await this.send({ method: 'GET', key: '', query }));
    const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, entry = '']) => ({
      key: /<Key>([^<]*)<\/Key>/.exec(entry)?.[1] ?? '',
      modifiedAt: Date.parse(/<LastModified>([^<]*)<\/LastModified>/.exec(entry)?.[1] ?? ''),
    }));
    return { objects, isLast: !xml.includes('<IsTruncated>true</IsTruncated>') };
  }

  /** Closes the connections that wait for the next request. */
  close(): void {
    this.agent.destroy();
  }

  private async send(call: S3Call): Promise<IncomingMessage> {
    waitsForOthers('the object store');
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.attempt(call);
      if (!(outcome instanceof Error)) return outcome;
      if (attempt === ATTEMPTS || !(isPassing(outcome) || outcome instanceof LostConnection)) throw outcome;
      if (isPassing(outcome)) await sleep(PAUSE_MS);
    }
  }

  /** Sends a request once; resolves with the failure that may be worth another attempt. */
  private async attempt(call: S3Call): Promise<IncomingMessage | S3Refusal | LostConnection> {
    const request = this.open(call);
    try {
      const answer = await answerTo(request, call.body);
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer;
      return refusalIn(status, await readAnswerText(answer));
    } catch (error) {
      request.destroy();
      // The store may close a connection just when it is used again.
      const wasLost = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errorCode(error) ?? '');
      if (wasLost) return new LostConnection('the store closed the connection', { cause: error });
      throw error;
    }
  }

  private open({ method, key, query = {}, body }: S3Call): ClientRequest {
    const path = `${this.basePath}/${key}`;
    const search = canonicalQuery(query);
    const headers: Record<string, string> = {};
    if (body) {
      headers['content-length'] = String(body.size);
      headers['content-md5'] = body.md5.toString('base64');
      headers['content-type'] = 'application/octet-stream';
    }
    const payload = body?.sha256.toString('hex') ?? EMPTY_PAYLOAD;
    const parts = { method, host: this.url.host, path, query, headers, payload };
    return this.request({
      agent: this.agent,
      protocol: this.url.protocol,
      hostname: this.url.hostname.replace(/^\[|\]$/g, ''),
      port: this.url.port,
      method,
      path: search === '' ? path : `${path}?${search}`,
      headers: this.signer.headers(parts, this.clock.milliseconds()),
    });
  }
}

/** A connection that had been used before turned out to be closed. */
class LostConnection extends Error {}

/** Sends the body of a request and resolves with the answer, in bounded time. */
function answerTo(request: ClientRequest, body: S3Body | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const patience = ANSWER_MS + (body?.size ?? 0) / SLOWEST_BYTES_PER_MS;
    const giveUp = (): void => {
      request.destroy(new Error(`no answer came from ${request.host}`));
    };
    const deadline = setTimeout(giveUp, patience);
    request.once('timeout', giveUp);
    request.once('close', () => {
      clearTimeout(deadline);
    });
    request.on('error', reject);
    request.once('response', (answer) => {
      clearTimeout(deadline);
      request.off('timeout', giveUp);
      // A body that nobody reads yet may break; its reader is told when they come to it.
      answer.on('error', () => undefined);
      resolve(answer);
    });
    sendContent(request, body?.content);
  });
}

function sendContent(request: ClientRequest, content: S3Body['content'] | undefined): void {
  if (content === undefined || Buffer.isBuffer(content)) {
    request.end(content);
    return;
  }
  const source = content();
  source.once('error', (error) => request.destroy(error));
  request.once('close', () => source.destroy());
  source.pipe(request);
}

/** Reads a short answer; what is longer than any should be is cut off. */
async function readAnswerText(answer: IncomingMessage): Promise<string> {
  endWhenSilent(answer);
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece);
    size += piece.length;
    if (size > LONGEST_TEXT) break;
  }
  return Buffer.concat(pieces).toString();
}

/**
 * Ends an answer when its reader has waited for long and nothing has come. A reader that takes its time is left alone:
 * what has come waits for it then.
 */
function endWhenSilent(answer: IncomingMessage): void {
  let before = -1;
  const watch = setInterval(() => {
    const { bytesRead } = answer.socket;
    const isWaitedFor = answer.readableLength === 0 && !answer.complete;
    if (isWaitedFor && bytesRead === before)
      answer.destroy(new Error('the store stopped in the middle of an answer'));
    before = bytesRead;
  }, SILENCE_MS / 2);
  watch.unref();
  answer.once('close', () => {
    clearInterval(watch);
  });
}
