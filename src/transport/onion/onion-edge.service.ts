import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply } from 'fastify';
import { Answers, type Outgoing } from '../dispatch/answers.service.js';
import { ONION_PATHS } from '../../protocol/requests/inner-request.js';
import { BYTES_TYPE, refusal, type StreamedBytes, TEXT_TYPE } from '../../protocol/requests/reply.js';
import { OnionService } from './onion.service.js';
import { ReplyMemory } from './reply-memory.js';
import { endOfTurn } from './end-of-turn.js';

/**
 * Where service nodes deliver onion requests: the only endpoints of the protocol that do not go through dispatch.
 * Registered with Fastify itself, because every poll comes this way and Nest's own handling would add to each.
 */
@Injectable()
export class OnionEdge implements OnModuleInit {
  constructor(
    private readonly adapterHost: HttpAdapterHost<FastifyAdapter>,
    private readonly onion: OnionService,
    private readonly memory: ReplyMemory,
    private readonly answers: Answers,
  ) {}

  onModuleInit(): void {
    const fastify = this.adapterHost.httpAdapter.getInstance();
    const options = { config: { limitsItself: true, sealsAnswers: true } } as const;
    fastify.post(ONION_PATHS.v4, options, (request, reply) =>
      this.answer(reply, BYTES_TYPE, this.onion.answerV4(request)),
    );
    for (const path of [ONION_PATHS.v3, ONION_PATHS.oldV3]) {
      fastify.post(path, options, (request, reply) =>
        this.answer(reply, TEXT_TYPE, this.onion.answerV3(request)),
      );
    }
  }

  private async answer(
    reply: FastifyReply,
    contentType: string,
    sealed: Promise<Buffer | string | StreamedBytes>,
  ): Promise<FastifyReply> {
    let answer: Outgoing;
    try {
      const body = await sealed;
      // A write wakes its reader, so those of a busy turn go out together: that takes a quarter less CPU time a poll.
      await endOfTurn();
      if (Buffer.isBuffer(body)) this.memory.giveBackAfter(reply.raw, body);
      answer = { status: 200, headers: { 'content-type': contentType }, body };
    } catch (error) {
      answer = refusal(error);
    }
    // Outside of `try`: a reader that leaves before the end is no failure to be told and logged.
    return this.answers.send(reply, answer);
  }
}
