import { describe, expect, it, jest } from '@jest/globals';
import { andThen, attempt } from './eventual.js';

const double = (value: number): number => value * 2;
const tell = (error: unknown): string => `failed: ${(error as Error).message}`;

describe('going on with a value', () => {
  it('happens at once when the value is known', () => {
    expect(andThen(21, double)).toBe(42);
  });

  it('waits for a value that is still to come', async () => {
    const use = jest.fn(double);
    const result = andThen(Promise.resolve(21), use);
    expect(use).not.toHaveBeenCalled();
    await expect(result).resolves.toBe(42);
  });

  it('fails when the value or the work on it fails', async () => {
    const failing = (): never => {
      throw new Error('no');
    };
    expect(() => andThen(21, failing)).toThrow('no');
    await expect(andThen(Promise.resolve(21), failing)).rejects.toThrow('no');
    await expect(andThen(Promise.reject(new Error('gone')), double)).rejects.toThrow('gone');
  });
});

describe('an attempt', () => {
  it('returns a success as it is', async () => {
    expect(attempt(() => 'done', tell)).toBe('done');
    await expect(attempt(() => Promise.resolve('done'), tell)).resolves.toBe('done');
  });

  it('replaces a failure, at once or later', async () => {
    const failing = (): never => {
      throw new Error('no');
    };
    expect(attempt(failing, tell)).toBe('failed: no');
    await expect(attempt(() => Promise.reject(new Error('late')), tell)).resolves.toBe('failed: late');
  });
});
