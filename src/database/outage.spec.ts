import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatabaseUnavailableError } from './errors.js';
import { Outage } from './outage.js';

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

  it('begins with the first connection that is refused, and answers for the database then', async () => {
    await expect(outage.connect(take)).resolves.toBe('connection');
    await expect(outage.connect(refuse)).rejects.toBe(refused);
    const attempt = jest.fn(take);
    await expect(outage.connect(attempt)).rejects.toThrow(DatabaseUnavailableError);
    expect(attempt).not.toHaveBeenCalled();
  });

  it('lets one request at a time look whether it is over', async () => {
    await expect(outage.connect(refuse)).rejects.toBe(refused);
    jest.advanceTimersByTime(100);
    let answer: (connection: string) => void = () => undefined;
    const probe = outage.connect(() => new Promise<string>((resolve) => (answer = resolve)));
    await expect(outage.connect(take)).rejects.toThrow(DatabaseUnavailableError);
    answer('connection');
    await expect(probe).resolves.toBe('connection');
    await expect(outage.connect(take)).resolves.toBe('connection');
  });

  it('does not begin with a statement that fails, or a pool that is busy', async () => {
    const busy = new Error('timeout exceeded when trying to connect');
    await expect(outage.connect(() => Promise.reject(busy))).rejects.toBe(busy);
    await expect(outage.connect(take)).resolves.toBe('connection');
  });
});
