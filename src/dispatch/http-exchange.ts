import { type FastifyReply, type FastifyRequest } from 'fastify';
import { firstValues } from './inputs.js';
import { type Reply } from './reply.js';

/** Node joins repeated headers or lists them; the protocol's headers come once, so the first counts. */
export function singleHeaders(request: FastifyRequest): Record<string, string> {
  return firstValues(request.headers);
}

/** Sends a reply over HTTP; bytes that lie in storage are streamed. */
export function send(reply: FastifyReply, answer: Reply): FastifyReply {
  reply.status(answer.status).headers(answer.headers);
  if (typeof answer.body === 'string' || Buffer.isBuffer(answer.body)) return reply.send(answer.body);
  return reply.header('content-length', answer.body.size).send(answer.body.stream());
}
