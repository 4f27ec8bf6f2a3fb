import { setTimeout as sleep } from 'node:timers/promises';
import { type PeerMessage } from '../../foundation/database/peer-messages.js';
import { ChangeRelay, type RelayedWorker } from './change-relay.js';

const PATIENCE = 20;

class FakeWorker implements RelayedWorker {
  readonly received: PeerMessage[] = [];

  constructor(readonly id: number) {}

  isConnected(): boolean {
    return true;
  }

  send(message: PeerMessage): void {
    this.received.push(message);
  }

  /** The latest change that it was sent. */
  get change(): PeerMessage & { type: 'changed' } {
    const change = this.received.findLast((message) => message.type === 'changed');
    if (!change) throw new Error('This worker was sent no change');
    return change;
  }
}

let relay: ChangeRelay;
let first: FakeWorker;
let second: FakeWorker;
let third: FakeWorker;

function apply(worker: FakeWorker): void {
  relay.receive(worker, { type: 'applied', id: worker.change.id });
}

function change(id: number, ...subjects: string[]): void {
  relay.receive(first, { type: 'changed', id, subjects });
}

beforeEach(() => {
  relay = new ChangeRelay(PATIENCE);
  [first, second, third] = [1, 2, 3].map((id) => new FakeWorker(id)) as [FakeWorker, FakeWorker, FakeWorker];
  for (const worker of [first, second, third]) relay.add(worker);
  // Each answers once, so that it is waited for from now on.
  change(0, 'room:warm');
  for (const worker of [second, third]) apply(worker);
  first.received.length = 0;
});

it('the supervisor tells a worker that its change was heard when all others have applied it', () => {
  change(7, 'room:lobby', 'user:15');
  expect([second.change.subjects, third.change.subjects]).toEqual([
    ['room:lobby', 'user:15'],
    ['room:lobby', 'user:15'],
  ]);
  apply(second);
  expect(first.received).toEqual([]);
  apply(third);
  expect(first.received).toEqual([{ type: 'heard', id: 7 }]);
});

it('the supervisor does not wait for a worker that is still starting, nor for one that has ended', () => {
  relay.add(new FakeWorker(4));
  change(8, 'room:lobby');
  apply(second);
  relay.remove(third);
  expect(first.received).toEqual([{ type: 'heard', id: 8 }]);
});

it('the supervisor waits no more for a worker that was late, until it has answered', async () => {
  change(9, 'room:lobby');
  apply(second);
  await sleep(3 * PATIENCE);
  expect(first.received).toEqual([]);
  const missed = third.change;
  change(10, 'room:lobby');
  apply(second);
  expect(first.received).toEqual([{ type: 'heard', id: 10 }]);
  relay.receive(third, { type: 'applied', id: missed.id });
  change(11, 'room:lobby');
  apply(second);
  expect(first.received).toHaveLength(1);
  apply(third);
  expect(first.received.at(-1)).toEqual({ type: 'heard', id: 11 });
});

it('the supervisor answers a worker without changes at once, which has then received all that was sent before', () => {
  change(12);
  expect(first.received).toEqual([{ type: 'heard', id: 12 }]);
  expect(second.received).toHaveLength(1);
});

it('the supervisor ignores other messages, and answers that were given before', () => {
  for (const message of [null, 'text', { type: 'metrics', id: 1 }, { type: 'applied', id: 99 }]) {
    relay.receive(second, message);
  }
  change(13, 'room:lobby');
  apply(second);
  apply(second);
  expect(first.received).toEqual([]);
});
