import { type Worker } from 'node:cluster';

/** The message of Node's cluster module to a worker, and the answer that it waits for. */
interface ClusterMessage {
  cmd: string;
  act?: string;
  /** Number of a message. */
  seq?: number;
  /** Number of the message that this one answers. */
  ack?: number;
  accepted?: boolean;
}

/** By this a worker tells that a connection has arrived, before it says whether it takes it. */
const RECEIVED = 'NODE_HANDLE_ACK';

/** A connection that the supervisor holds, too, until a worker has taken it. */
interface HandedConnection {
  close(): void;
}

/**
 * Sees to the connection that the cluster module has passed to a worker which died before it took it. The module would
 * wait for the worker's answer and keep the connection open for ever, with a client at its other end. The worker has read
 * nothing of it, so another one may take it.
 *
 * @param hasOthers whether another worker takes connections; otherwise the connection is closed
 */
export function saveHandedConnections(worker: Worker, hasOthers: () => boolean): void {
  const { process: child } = worker;
  const handed = new Map<number, HandedConnection>();
  let isTransferring = false;
  const send = child.send.bind(child) as (...all: unknown[]) => boolean;
  child.send = (...all: unknown[]) => {
    const [message, connection] = all;
    if (isClusterMessage(message) && message.act === 'newconn' && message.seq !== undefined) {
      handed.set(message.seq, connection as HandedConnection);
      isTransferring = true;
    }
    return send(...all);
  };
  child.on('internalMessage', (message: unknown) => {
    if (!isClusterMessage(message)) return;
    if (message.cmd === RECEIVED) isTransferring = false;
    if (message.ack !== undefined) handed.delete(message.ack);
  });
  const settle = (): void => {
    for (const [seq, connection] of [...handed]) {
      handed.delete(seq);
      const refusal: ClusterMessage = { cmd: 'NODE_CLUSTER', ack: seq, accepted: false };
      if (hasOthers()) child.emit('internalMessage', refusal);
      else connection.close();
    }
  };
  // When it says either of these and the channel is closed, the cluster module passes nothing to this worker any more. If
  // the channel closed while a connection was under way, Node does not tell of a disconnection.
  worker.once('disconnect', settle);
  worker.once('exit', () => {
    if (!worker.isConnected()) settle();
    else if (isTransferring) child.emit('internalMessage', { cmd: RECEIVED });
  });
}

function isClusterMessage(message: unknown): message is ClusterMessage {
  return typeof message === 'object' && message !== null && 'cmd' in message;
}
