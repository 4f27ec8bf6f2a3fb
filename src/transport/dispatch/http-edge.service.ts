import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { Answers } from './answers.service.js';
import { Dispatcher } from './dispatcher.service.js';
import { takeBody } from './http-body.js';
import { singleHeaders } from './http-exchange.js';
import { parseTarget } from '../../protocol/requests/inner-request.js';
import { refusal } from '../../protocol/requests/reply.js';

/** Where the protocol's endpoints live; the dispatcher knows them one by one. */
export const PROTOCOL_ROOTS = [
  '/capabilities',
  '/rooms',
  '/rooms/*',
  '/room/*',
  '/user/*',
  '/inbox',
  '/inbox/*',
  '/outbox',
  '/outbox/*',
  '/batch',
  '/sequence',
];

/** HEAD comes with GET; of the others the dispatcher says that there are none. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

/** Brings requests that come straight over HTTP, without an onion around them, to the dispatcher. */
@Injectable()
export class HttpEdge implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    private readonly dispatcher: Dispatcher,
    private readonly answers: Answers,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance();
    for (const url of PROTOCOL_ROOTS) {
      fastify.route({
        method: METHODS,
        url,
        config: { limitsItself: true },
        handler: (request, reply) => this.answer(request, reply),
      });
    }
  }

  private async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const target = parseTarget(request.method, request.raw.url ?? '');
    const answer = target
      ? await this.dispatcher.dispatch({
          ...target,
          headers: singleHeaders(request),
          body: { kind: 'bytes', bytes: takeBody(request) },
          depth: 0,
          origin: request,
        })
      : refusal(new ProtocolError('malformed_request', 'the path is not percent-encoded UTF-8'));
    return this.answers.send(reply, answer);
  }
}
