import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import { TEXT_TYPE } from '../../protocol/requests/reply.js';
import { type ErrorCode } from '../../foundation/errors/catalogue.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { throwAwayRest } from './unread-body.js';

const SECURITY_LINES = Object.entries(SECURITY_HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/** Node's error codes for bytes that it could not read as a request. Every other code means a malformed request. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

/** Tells of a request that no route could be looked up for, such as one whose path is not percent-encoded UTF-8. */
export function refuseUnroutable(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const { message } = new ProtocolError('malformed_request', 'the path cannot be read');
  void reply
    .status(error.statusCode ?? 400)
    .headers(SECURITY_HEADERS)
    .header('content-type', TEXT_TYPE)
    .send(message);
}

/** Sockets that were refused and still send: Node.js finds fault with everything that comes after the first. */
const refused = new WeakSet<Socket>();

/** Tells of bytes that are no HTTP request, and hangs up: there is no request yet that could be answered. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || refused.has(socket)) return;
  refused.add(socket);
  const { status, message } = new ProtocolError(CODES[error.code ?? ''] ?? 'malformed_request');
  if (!socket.writable) {
    socket.destroy(error);
    return;
  }
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${TEXT_TYPE}\r\n${SECURITY_LINES}` +
      `Content-Length: ${Buffer.byteLength(message)}\r\nConnection: close\r\n\r\n${message}`,
  );
  throwAwayRest(socket);
}
