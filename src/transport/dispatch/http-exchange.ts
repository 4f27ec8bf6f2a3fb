import { type FastifyReply, type FastifyRequest } from 'fastify';
import { firstValues } from '../../protocol/requests/inputs.js';
import { isStored, type Reply } from '../../protocol/requests/reply.js';

/** Node joins repeated headers or lists them; the protocol's headers come once, so the first counts. */
export function singleHeaders(request: FastifyRequest): Record<string, string> {
  return firstValues(request.headers);
}

/** Sends a small reply over HTTP; {@link Answers} sends all others. */
export function send(reply: FastifyReply, { status, headers, body }: Reply): FastifyReply {
  if (isStored(body)) throw new Error('A stored body is sent by Answers');
  return reply.status(status).headers(headers).send(body);
}
