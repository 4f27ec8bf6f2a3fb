import { jest } from '@jest/globals';
import { type DutyWorker, JobDuty } from './job-duty.js';
import { type JobsOrder } from './worker-messages.js';

const TICK = 10;

describe('the duty to carry out jobs', () => {
  let duty: JobDuty;

  /** A worker that answers each order unless it hangs. */
  const worker = (id: number): DutyWorker & { orders: JobsOrder[]; hangs: boolean } => {
    const one = {
      id,
      orders: [] as JobsOrder[],
      hangs: false,
      isConnected: () => true,
      send: (order: JobsOrder): void => {
        one.orders.push(order);
        if (!one.hangs)
          queueMicrotask(() => {
            duty.receive(one, { type: 'jobs heard' });
          });
      },
    };
    return one;
  };

  const onDuty = (workers: { orders: JobsOrder[] }[]): boolean[] =>
    workers.map(({ orders }) => orders.at(-1)?.duty === true);

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
    duty = new JobDuty(TICK);
  });

  afterEach(() => {
    duty.stop();
    jest.useRealTimers();
  });

  it('goes to the first worker, which has all jobs due, and stays there', async () => {
    const workers = [worker(1), worker(2)] as const;
    for (const one of workers) duty.add(one);
    await jest.advanceTimersByTimeAsync(20 * TICK);
    expect(onDuty([...workers])).toEqual([true, false]);
    expect(workers[0].orders.slice(0, 2).map(({ dueAtOnce }) => dueAtOnce)).toEqual([true, false]);
  });

  it('goes to the next worker as soon as the one that has it is gone', () => {
    const workers = [worker(1), worker(2)] as const;
    for (const one of workers) duty.add(one);
    duty.remove(workers[0]);
    expect(workers[1].orders).toEqual([{ type: 'jobs', duty: true, dueAtOnce: false }]);
  });

  it('is taken from a worker that hangs, and is not given back when it goes on', async () => {
    const workers = [worker(1), worker(2)] as const;
    for (const one of workers) duty.add(one);
    workers[0].hangs = true;
    await jest.advanceTimersByTimeAsync(20 * TICK);
    workers[0].hangs = false;
    duty.receive(workers[0], { type: 'jobs heard' });
    await jest.advanceTimersByTimeAsync(5 * TICK);
    expect(onDuty([...workers])).toEqual([false, true]);
  });

  it('stays with the only worker, which is not flooded with orders while it hangs', async () => {
    const only = worker(1);
    only.hangs = true;
    duty.add(only);
    await jest.advanceTimersByTimeAsync(30 * TICK);
    expect(only.orders.length).toBeLessThan(10);
    only.hangs = false;
    duty.receive(only, { type: 'jobs heard' });
    await jest.advanceTimersByTimeAsync(5 * TICK);
    expect(only.orders.length).toBeGreaterThan(6);
    expect(onDuty([only])).toEqual([true]);
  });
});
