/** Milliseconds for which a write waits until other processes have heard of it. */
export const PEERS_PATIENCE = 100;

/**
 * Messages between workers, which go through their supervisor. `changed`: subjects that a transaction has changed; the
 * supervisor gives it an id of its own for those whom it passes it to. `applied`: a worker has forgotten them. `heard`:
 * all have.
 */
export type PeerMessage =
  { type: 'changed'; id: number; subjects: readonly string[] } | { type: 'applied' | 'heard'; id: number };

const TYPES: readonly unknown[] = ['changed', 'applied', 'heard'];

export function isPeerMessage(message: unknown): message is PeerMessage {
  return typeof message === 'object' && message !== null && 'type' in message && TYPES.includes(message.type);
}
