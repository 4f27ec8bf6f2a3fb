import { type IncomingMessage } from 'node:http';
import { type Socket } from 'node:net';

/** Bytes of a refused request that are read and thrown away, so that its sender gets to read the refusal. */
const MOST_BYTES = 32 * 1024 * 1024;
/** How long that may take: for a request, and for bytes that are none. */
const MOST_MS = 20_000;
const MOST_MS_UNREADABLE = 2_000;
/** How often the two are looked at. */
const CHECK_MS = 100;
/** Senders for whom a process does that at a time; others are hung up on at once. */
const MOST_SENDERS = 64;

let senders = 0;

/**
 * Goes on reading from a client that was answered while it still sends, and throws away what comes. To close the
 * connection at once would have the system tell the sender of a broken connection, and many never see the answer then.
 * It ends with the request, with the connection, or beyond bounds in bytes and time.
 * @param request what is still being sent; undefined when the bytes are no request at all: then the connection is
 *   closed in the end, and else only if Node.js meant to
 */
export function throwAwayRest(socket: Socket, request?: IncomingMessage): void {
  if (senders >= MOST_SENDERS) {
    socket.destroy();
    return;
  }
  senders++;
  const deadline = performance.now() + (request ? MOST_MS : MOST_MS_UNREADABLE);
  const mostRead = socket.bytesRead + MOST_BYTES;
  let closes = request === undefined;
  // Node.js calls this after the last answer on a connection. The answer has left by then; closing waits for the rest.
  socket.destroySoon = () => {
    closes = true;
    socket.end();
  };
  const stop = (): void => {
    clearInterval(check);
    socket.off('close', stop).off('end', stop);
    request?.off('end', stop);
    senders--;
    Reflect.deleteProperty(socket, 'destroySoon');
    if (closes) socket.destroySoon();
  };
  const check = setInterval(() => {
    if (request?.complete === true) stop();
    else if (socket.bytesRead > mostRead || performance.now() > deadline) socket.destroy();
  }, CHECK_MS);
  socket.once('close', stop).once('end', stop);
  request?.once('end', stop).resume();
}
