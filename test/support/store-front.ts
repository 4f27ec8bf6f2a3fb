import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL, fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Environment } from './community.js';
import { findProgram } from './programs.js';

/** The domain under which the store of the tests knows its buckets by their host names. */
const DOMAIN = 'store.test';
const RESOLVER = fileURLToPath(new URL('resolve-store.js', import.meta.url));

const openssl = findProgram('openssl');

/** An answer that the front gives by itself instead of the store's. */
export interface Refusal {
  method: string;
  status: number;
  /** The store's word for it, such as `XMinioStorageFull`. */
  code: string;
}

/**
 * HTTPS before an object store, with a certificate that only clients trust which are told to, as for operators' own
 * stores. It passes requests on as they are, but for those that it is told to refuse.
 */
export class StoreFront {
  /** Whether a certificate can be made here. */
  static readonly isPossible = openssl !== undefined;

  /** While set, requests with its method are read to their end and refused. */
  refusal: Refusal | undefined;
  /** Host names that requests were sent to. */
  readonly hosts = new Set<string>();

  private constructor(
    private readonly folder: string,
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async open(endpoint: string): Promise<StoreFront> {
    if (openssl === undefined) throw new Error('openssl is not installed');
    const folder = await mkdtemp(join(tmpdir(), 'plaza-front-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const names = `subjectAltName=DNS:${DOMAIN},DNS:*.${DOMAIN}`;
    const subject = ['-subj', `/CN=${DOMAIN}`, '-addext', names, '-days', '2', '-nodes'];
    await promisify(execFile)(openssl, [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
      ...['-keyout', key, '-out', cert, ...subject],
    ]);
    const server = createServer({ key: await readFile(key), cert: await readFile(cert) });
    const front = new StoreFront(folder, server, new URL(endpoint));
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => {
      front.pass(asked, answer);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return front;
  }

  /** The settings with which Plaza reaches the store this way, its bucket by its host name. */
  get settings(): Environment {
    return {
      S3_ENDPOINT: `https://${DOMAIN}:${(this.server.address() as AddressInfo).port}`,
      S3_FORCE_PATH_STYLE: 'false',
      // No name server knows the domain.
      NODE_OPTIONS: `--import=${pathToFileURL(RESOLVER).href}`,
    };
  }

  /** The environment of a process that trusts the front's certificate. */
  get trust(): Environment {
    return { NODE_EXTRA_CA_CERTS: join(this.folder, 'cert.pem') };
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await rm(this.folder, { recursive: true });
  }

  private pass(asked: IncomingMessage, answer: ServerResponse): void {
    this.hosts.add((asked.headers.host ?? '').replace(/:\d+$/, ''));
    if (this.refusal && asked.method === this.refusal.method) {
      const { status, code } = this.refusal;
      asked.resume().once('end', () => {
        answer.writeHead(status).end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
      });
      return;
    }
    const { hostname: host, port } = this.target;
    const { method, url: path, headers } = asked;
    const onward = request({ host, port, method, path, headers, agent: false }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      pipeline(given, answer, () => undefined);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  }
}
