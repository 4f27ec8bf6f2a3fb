import { type RateAnswer } from '../../foundation/rates/rate-messages.js';
import { RateCounts } from './rate-counts.js';

class AskingWorker {
  readonly received: RateAnswer[] = [];
  connected = true;

  isConnected(): boolean {
    return this.connected;
  }

  send(message: RateAnswer): void {
    this.received.push(message);
  }
}

const RATE = { name: 'key', perSecond: 1, burstSeconds: 10 };

function question(id: number, told: number, wanted: number): unknown {
  return { type: 'rates', id, uses: [{ rate: RATE, key: 'alice', told, wanted }] };
}

it('the supervisor counts the uses that all workers tell, and answers each', () => {
  const counts = new RateCounts();
  const [one, other] = [new AskingWorker(), new AskingWorker()];
  counts.receive(one, question(7, 6, 1));
  counts.receive(other, question(7, 3, 1));
  expect(one.received).toMatchObject([{ type: 'rated', id: 7, outcomes: [{ taken: 1 }] }]);
  expect(other.received).toMatchObject([{ type: 'rated', id: 7, outcomes: [{ taken: 0 }] }]);
  expect(other.received[0]?.outcomes[0]?.debt).toBeGreaterThan(9_900);
});

it('the supervisor ignores other messages, and answers no worker that is gone', () => {
  const counts = new RateCounts();
  const worker = new AskingWorker();
  counts.receive(worker, { type: 'applied', id: 1 });
  counts.receive(worker, undefined);
  worker.connected = false;
  counts.receive(worker, question(1, 1, 1));
  expect(worker.received).toEqual([]);
});
