import { type FastifyReply, type FastifyRequest } from 'fastify';
import { roomPath } from './contents/room-content.js';

/** Leads to the page of a room; the query, with the public key that clients join by, stays. */
export function redirectToRoom(request: FastifyRequest, reply: FastifyReply, token: string): void {
  const queryStart = request.url.indexOf('?');
  void reply.redirect(roomPath(token) + (queryStart < 0 ? '' : request.url.slice(queryStart)), 302);
}
