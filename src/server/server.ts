import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AppModule } from './app.module.js';
import type { Settings } from '../foundation/config/settings.js';
import { bodyLimit } from '../foundation/limits/body-limit.js';
import { refuseUnreadable, refuseUnroutable } from '../transport/dispatch/early-refusals.js';
import type { ProcessResources } from '../records/records.module.js';
import { ServerIdentity } from '../protocol/identity/server-identity.js';
import { createLogger, standardTarget } from '../foundation/logging/create-logger.js';
import { NestLogger } from '../foundation/logging/nest-logger.js';

/** How soon after its last answer a connection is closed while the server stops. */
const IDLE_SWEEP_MS = 50;
/** A file of ten megabytes over a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;
const HEADERS_TIMEOUT_MS = 15_000;
/** How often connections are looked at for the two above. */
const CONNECTION_CHECK_MS = 5_000;
/** A connection on which nothing moves, such as a download that nobody reads. Longer than keep-alive (72 s). */
const SILENCE_LIMIT_MS = 90_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** A reaction of twelve code points, percent-encoded, with room to spare. */
const MAX_PATH_PARAMETER_CHARACTERS = 512;

export type ServerResources = Pick<ProcessResources, 'database' | 'clock'>;

/** A connection whose request was running when the server began to close would stay open until its client leaves. */
function closeConnectionsOnceIdle(fastify: FastifyInstance): void {
  const { server } = fastify;
  fastify.addHook('preClose', (done) => {
    const sweep = setInterval(() => {
      server.closeIdleConnections();
    }, IDLE_SWEEP_MS);
    server.once('close', () => {
      clearInterval(sweep);
    });
    done();
  });
}

function createAdapter(settings: Settings): FastifyAdapter {
  return new FastifyAdapter({
    // Nothing here is Express middleware.
    skipMiddie: true,
    bodyLimit: bodyLimit(settings),
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: SILENCE_LIMIT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTION_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    trustProxy: settings.trustedProxies.length > 0 && [...settings.trustedProxies],
    // Until its connection is closed, whoever has one is answered.
    return503OnClosing: false,
    frameworkErrors: refuseUnroutable,
    clientErrorHandler: refuseUnreadable,
    routerOptions: {
      maxParamLength: MAX_PATH_PARAMETER_CHARACTERS,
      // pysogs published its pages as `/r/TOKEN/`, and such links are everywhere.
      ignoreTrailingSlash: true,
    },
  });
}

/**
 * The server of one worker process, initialised but not yet listening. Request bodies arrive as Buffers, whatever
 * their content type. `close()` finishes running requests, then closes what modules hold.
 * Throws ServerKeyError and what the database says when it can't be reached.
 */
export async function createServer(
  settings: Settings,
  resources: ServerResources,
): Promise<NestFastifyApplication> {
  const { identity } = await ServerIdentity.loadOrCreate(settings);
  const adapter = createAdapter(settings);
  const fastify = adapter.getInstance();
  // Fastify would read JSON and text by itself; BodyReader reads bytes, whatever they are said to be.
  fastify.removeAllContentTypeParsers();
  closeConnectionsOnceIdle(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot({ ...resources, settings, identity }),
    adapter,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest documents a literal here.
    {
      bodyParser: false,
      abortOnError: false,
      logger: new NestLogger(await createLogger(settings.logLevel, standardTarget(1))),
    },
  );
  await app.init();
  return app;
}
