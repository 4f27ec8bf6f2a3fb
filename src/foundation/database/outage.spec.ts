import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatabaseUnavailableError } from './errors.js';
import { Outage } from './outage.js';

const MINUTE = 60_000;

describe('an outage of the database', () => {
  const refused = Object.assign(new Error('the database system is in recovery mode'), { code: '57P03' });
  const refuse = (): Promise<never> => Promise.reject(refused);
  const take = (): Promise<string> => Promise.resolve('connection');
  let outage: Outage;

  beforeEach(() => {
    jest.useFakeTimers();
    outage = new Outage();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  /** Has somebody ask for a connection every millisecond; returns how many attempts that made. */
  async function attemptsWithin(milliseconds: number): Promise<number> {
    const attempt = jest.fn(refuse);
    for (let elapsed = 0; elapsed < milliseconds; elapsed++) {
      await expect(outage.connect(attempt)).rejects.toThrow();
      jest.advanceTimersByTime(1);
    }
    return attempt.mock.calls.length;
  }

  it('begins with the first connection that is refused, and answers for the database then', async () => {
    await expect(outage.connect(take)).resolves.toBe('connection');
    await expect(outage.connect(refuse)).rejects.toBe(refused);
    const attempt = jest.fn(take);
    await expect(outage.connect(attempt)).rejects.toThrow(DatabaseUnavailableError);
    expect(attempt).not.toHaveBeenCalled();
  });

  it('lets one request at a time look whether it is over, and the others fail or succeed with it', async () => {
    await expect(outage.connect(refuse)).rejects.toBe(refused);
    let end: (refused: boolean) => void = () => undefined;
    const slowly = jest.fn(
      () =>
        new Promise<string>((resolve, reject) => {
          end = (isRefused) => {
            if (isRefused) reject(refused);
            else resolve('connection');
          };
        }),
    );
    const others = jest.fn(take);
    for (const isRefused of [true, false]) {
      jest.advanceTimersByTime(100);
      const asking = Promise.allSettled([slowly, others, others].map((attempt) => outage.connect(attempt)));
      end(isRefused);
      const status = isRefused ? 'rejected' : 'fulfilled';
      expect((await asking).map((asked) => asked.status)).toEqual([status, status, status]);
      expect(others).toHaveBeenCalledTimes(isRefused ? 0 : 2);
    }
    expect(slowly).toHaveBeenCalledTimes(2);
  });

  it('takes some thirty attempts in its first second, and a few a second when it lasts', async () => {
    const first = await attemptsWithin(1_000);
    expect(first).toBeGreaterThanOrEqual(10);
    expect(first).toBeLessThanOrEqual(40);
    jest.advanceTimersByTime(MINUTE);
    const later = await attemptsWithin(10_000);
    expect(later).toBeGreaterThanOrEqual(20);
    expect(later).toBeLessThanOrEqual(41);
  });

  it('does not begin with a statement that fails, or a pool that is busy', async () => {
    const busy = new Error('timeout exceeded when trying to connect');
    await expect(outage.connect(() => Promise.reject(busy))).rejects.toBe(busy);
    await expect(outage.connect(take)).resolves.toBe('connection');
  });
});
