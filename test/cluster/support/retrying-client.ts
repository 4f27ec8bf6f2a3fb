import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionClient } from '../../client/client.js';
import { type Identity } from '../../client/identity.js';
import { authHeaders } from '../../client/request-auth.js';
import { type SessionResponse } from '../../client/response.js';

/** Milliseconds for which an answer is awaited, between two attempts, and until a request is given up. */
const PATIENCE = 4_000;
const BETWEEN_ATTEMPTS = 150;
const GIVEN_UP_AFTER = 90_000;

/** A request as a client makes it: its body is bytes, or becomes JSON. */
export interface ClientRequest {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * Someone whose client sends a request again until it has an answer, as clients do: the same request, signed once. No
 * connection, a silence and a 5xx are no answers: they are out of the server's hands.
 */
export class RetryingClient {
  readonly id: string;
  /** The number of attempts that brought no answer. */
  failures = 0;
  /** Milliseconds that the slowest request took until it was answered. */
  longestWait = 0;
  /** The number of those attempts that were answered by a 5xx, and not just late on a slow machine. */
  refusals = 0;
  private client: SessionClient;

  constructor(
    private readonly url: string,
    private readonly publicKey: string,
    readonly identity: Identity,
  ) {
    this.client = this.connect();
    this.id = this.client.id;
  }

  /** @throws Error when none came for so long that something stands still */
  async send({ method, path, body, headers = {} }: ClientRequest): Promise<SessionResponse> {
    const bytes = body === undefined || body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
    const signed = { method, path, body: bytes };
    const auth = authHeaders(this.identity.blindedFor(this.publicKey), this.publicKey, signed, {
      nonce: randomBytes(16),
    });
    const begin = performance.now();
    const waited = (): number => performance.now() - begin;
    while (waited() < GIVEN_UP_AFTER) {
      try {
        const options = { auth: 'none', headers: { ...auth, ...headers } } as const;
        const answer = await this.client.request(method, path, body, options);
        if (answer.status < 500) {
          this.longestWait = Math.max(this.longestWait, waited());
          return answer;
        }
        this.refusals += 1;
      } catch {
        // The old connection may lead nowhere any more.
        this.client.close();
        this.client = this.connect();
      }
      this.failures += 1;
      await sleep(BETWEEN_ATTEMPTS);
    }
    throw new Error(`${method} ${path} was not answered for ${GIVEN_UP_AFTER / 1000} s`);
  }

  /** A post's or an edit's body, signed once. */
  messageBody(text: string, files?: number[]): Record<string, unknown> {
    return this.client.messageBody(text, files ? { files } : {});
  }

  /** The same person at one machine, past the balancer. */
  at(url: string): SessionClient {
    return this.connect(url);
  }

  close(): void {
    this.client.close();
  }

  private connect(url = this.url): SessionClient {
    const { publicKey: serverPublicKey, identity } = this;
    return new SessionClient({ serverUrl: url, serverPublicKey, identity, patience: PATIENCE });
  }
}
