import { isPeerMessage, type PeerMessage, PEERS_PATIENCE } from '../../foundation/database/peer-messages.js';

/** A worker as the relay needs it. */
export interface RelayedWorker {
  readonly id: number;
  isConnected(): boolean;
  send(message: PeerMessage): unknown;
}

/** A change that not all workers have applied. */
interface PassingChange {
  from: RelayedWorker;
  /** As its sender numbered it. */
  id: number;
  /** Ids of the workers that have not answered. */
  waitingFor: Set<number>;
  timer: NodeJS.Timeout;
}

/**
 * Passes changes from each worker to all others, and tells it when they have applied them. A worker that does not
 * answer in time, because it is stopped or still starting, is sent changes and waited for no more until it answers one.
 */
export class ChangeRelay {
  private readonly workers = new Map<number, RelayedWorker>();
  private readonly late = new Set<number>();
  private readonly passing = new Map<number, PassingChange>();
  private lastId = 0;

  /** @param patienceMs how long a worker is waited for */
  constructor(private readonly patienceMs = PEERS_PATIENCE) {}

  /** Takes a worker that is being started into account. It is waited for once it has answered. */
  add(worker: RelayedWorker): void {
    this.workers.set(worker.id, worker);
    this.late.add(worker.id);
  }

  /** Waits no more for a worker that has ended. */
  remove(worker: RelayedWorker): void {
    this.workers.delete(worker.id);
    this.late.delete(worker.id);
    for (const id of this.passing.keys()) this.answeredBy(id, worker);
  }

  /** Takes what a worker sent; anything but a message between workers is passed over. */
  receive(from: RelayedWorker, message: unknown): void {
    if (!isPeerMessage(message)) return;
    if (message.type === 'changed') this.pass(from, message.id, message.subjects);
    if (message.type !== 'applied') return;
    this.late.delete(from.id);
    this.answeredBy(message.id, from);
  }

  private pass(from: RelayedWorker, id: number, subjects: readonly string[]): void {
    const others = subjects.length === 0 ? [] : [...this.workers.values()].filter((other) => other !== from);
    const own = ++this.lastId;
    for (const other of others) postToWorker(other, { type: 'changed', id: own, subjects });
    const waitingFor = new Set(others.map((other) => other.id).filter((other) => !this.late.has(other)));
    if (waitingFor.size === 0) {
      postToWorker(from, { type: 'heard', id });
      return;
    }
    const timer = setTimeout(() => {
      for (const worker of waitingFor) this.late.add(worker);
      this.passing.delete(own);
    }, this.patienceMs);
    this.passing.set(own, { from, id, waitingFor, timer });
  }

  private answeredBy(id: number, worker: RelayedWorker): void {
    const passing = this.passing.get(id);
    if (!passing?.waitingFor.delete(worker.id) || passing.waitingFor.size > 0) return;
    clearTimeout(passing.timer);
    this.passing.delete(id);
    postToWorker(passing.from, { type: 'heard', id: passing.id });
  }
}

function postToWorker(worker: RelayedWorker, message: PeerMessage): void {
  if (worker.isConnected()) worker.send(message);
}
