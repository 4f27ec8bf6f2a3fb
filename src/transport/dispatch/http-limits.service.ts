import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Departure } from '../../foundation/departure.service.js';
import { MembersFirst } from '../../foundation/limits/members-first.service.js';
import { RateLimits } from '../../foundation/limits/rate-limits.service.js';
import { Answers, SMALL_ANSWER } from './answers.service.js';
import { BodyReader } from './body-reader.service.js';
import { send } from './http-exchange.js';
import { BYTES_TYPE, refusal } from '../../protocol/requests/reply.js';
import { SECURITY_HEADERS } from './security-headers.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its handler asks {@link RateLimits} itself; other routes are counted by address. */
    limitsItself?: true;
    /** Its answers are sealed, so no browser reads them and they need no {@link SECURITY_HEADERS}. */
    sealsAnswers?: true;
  }
}

/** Guards the door of this process: what is done to every HTTP request before its handler runs. */
@Injectable()
export class HttpLimits implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    private readonly rates: RateLimits,
    private readonly membersFirst: MembersFirst,
    private readonly bodies: BodyReader,
    private readonly answers: Answers,
    private readonly departure: Departure,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance();
    fastify.addHook('onRequest', (request, reply, done) => {
      const { limitsItself, sealsAnswers } = request.routeOptions.config;
      if (sealsAnswers !== true) reply.headers(SECURITY_HEADERS);
      if (this.departure.hasBegun) reply.header('connection', 'close');
      if (limitsItself === true) done();
      else this.admit(request, reply, done);
    });
    fastify.addHook('onRoute', (route) => {
      if (route.config?.limitsItself !== true && route.method !== 'HEAD') route.onSend = this.admitAnswer;
    });
    // Onion requests have the type that is named. Fastify would parse any other anew for each request.
    fastify.addContentTypeParser([BYTES_TYPE, '*'], (request, _payload, done) => {
      this.bodies.read(request, done);
    });
  }

  /** Takes memory for what is sent by routes that are not the protocol's, such as pages. */
  private readonly admitAnswer = async (
    _request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
  ): Promise<unknown> => (isLargePage(payload) ? this.answers.admitPage(reply, payload) : payload);

  /** Goes on with a request, or refuses it. Nothing is awaited unless its rate is asked for elsewhere. */
  private admit(request: FastifyRequest, reply: FastifyReply, proceed: () => void): void {
    const refuse = (error: unknown): void => {
      send(reply, refusal(error));
    };
    try {
      const admitted = this.rates.admitAddress(request);
      const turn = admitted
        ? admitted.then(() => this.membersFirst.turn('page'))
        : this.membersFirst.turn('page');
      if (turn) void turn.then(proceed, refuse);
      else proceed();
    } catch (error) {
      refuse(error);
    }
  }
}

function isLargePage(payload: unknown): payload is string | Buffer {
  return (typeof payload === 'string' || Buffer.isBuffer(payload)) && payload.length > SMALL_ANSWER;
}
