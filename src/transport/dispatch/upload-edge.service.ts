import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { isUtf8 } from 'node:buffer';
import { Authenticator } from '../../auth/authenticator.service.js';
import { Dispatcher } from './dispatcher.service.js';
import { send, singleHeaders } from './http-exchange.js';
import { parseTarget } from '../../protocol/requests/inner-request.js';
import { refusal, type Reply } from '../../protocol/requests/reply.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { UploadSpool } from '../../files/storage/upload-spool.js';

/**
 * Brings uploads that come straight over HTTP to the dispatcher by way of the disk. A request that can be refused without
 * its body is refused before that is read; whether the room exists and lets the caller in is only told to someone whose
 * signature has verified, and that takes the body.
 */
@Injectable()
export class UploadEdge implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    private readonly authenticator: Authenticator,
    private readonly dispatcher: Dispatcher,
    private readonly spool: UploadSpool,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance();
    // A scope of its own: everywhere else bodies are read into memory before the handler runs.
    void fastify.register((scope, _options, done) => {
      leaveBodiesUnread(scope);
      const config = { limitsItself: true } as const;
      scope.post('/room/:room/file', { config }, async (request, reply) =>
        send(reply, await this.receive(request)),
      );
      done();
    });
  }

  private async receive(request: FastifyRequest): Promise<Reply> {
    const target = parseTarget(request.method, request.raw.url ?? '');
    const headers = readHeaders(request);
    try {
      if (!target) throw new ProtocolError('malformed_request', 'the path is not percent-encoded UTF-8');
      await this.authenticator.refuseEarly(headers, request);
      const upload = await this.spool.receive(request.raw, announcedSize(headers));
      try {
        const body = { kind: 'spooled', upload } as const;
        return await this.dispatcher.dispatch({
          ...target,
          headers,
          body,
          depth: 0,
          origin: request,
        });
      } finally {
        await this.spool.discard(upload);
      }
    } catch (error) {
      // The rest of the body has to go by, or the connection's next request would wait behind it for ever.
      request.raw.resume();
      return refusal(error);
    }
  }
}

function leaveBodiesUnread(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => {
    done(null);
  });
  scope.addHook('onRequest', (request, _reply, done) => {
    // A file is bytes whatever it is said to be, and Fastify refuses types that it can't parse.
    delete request.raw.headers['content-type'];
    done();
  });
}

/** Node reads headers as Latin-1; a raw file name comes in UTF-8. */
function readHeaders(request: FastifyRequest): Record<string, string> {
  const headers = singleHeaders(request);
  const disposition = headers['content-disposition'];
  if (disposition === undefined) return headers;
  const bytes = Buffer.from(disposition, 'latin1');
  return { ...headers, 'content-disposition': isUtf8(bytes) ? bytes.toString() : disposition };
}

function announcedSize(headers: Readonly<Record<string, string>>): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}
