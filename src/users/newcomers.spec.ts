import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RateLimiter } from '../foundation/rates/rate-limiter.js';
import { Newcomers } from './newcomers.js';
import { type User } from '../records/users/user.js';

describe('people who read for the first time', () => {
  let written: string[];
  let now: number;
  let newcomers: Newcomers;

  beforeEach(() => {
    written = [];
    now = 0;
    const places = new RateLimiter(2, 1, () => now);
    newcomers = new Newcomers(makeKnown, () => places.take('') === 0);
  });

  afterEach(() => {
    newcomers.stop();
    jest.useRealTimers();
  });

  async function makeKnown(sessionId: string): Promise<User> {
    await Promise.resolve();
    if (sessionId === 'unwritable') throw new Error('The disk is full');
    written.push(sessionId);
    return { id: written.length, sessionId } as User;
  }

  it('are known at once, up to the bound of a second', async () => {
    const [first, second] = [newcomers.admit('a'), newcomers.admit('b')];
    expect(newcomers.admit('c')).toBeUndefined();
    expect(await first).toMatchObject({ sessionId: 'a' });
    expect(await second).toMatchObject({ sessionId: 'b' });
    expect(written).toEqual(['a', 'b']);
  });

  it('wait behind those who came before them, and are known when it is their turn', async () => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    for (const sessionId of ['a', 'b', 'c', 'd', 'e']) void newcomers.admit(sessionId);
    now = 1000;
    expect(newcomers.admit('f')).toBeUndefined();
    await jest.advanceTimersByTimeAsync(1000);
    expect(written).toEqual(['a', 'b', 'c', 'd']);
    now = 2000;
    await jest.advanceTimersByTimeAsync(1000);
    expect(written).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('are known before their turn when somebody asks for them', async () => {
    for (const sessionId of ['a', 'b', 'c', 'd']) void newcomers.admit(sessionId);
    await newcomers.hurry('d');
    await newcomers.hurry('nobody');
    expect(written).toEqual(['a', 'b', 'd']);
  });

  it('stay strangers when their row cannot be written', async () => {
    expect(await newcomers.admit('unwritable')).toBeUndefined();
    expect(await newcomers.admit('b')).toMatchObject({ sessionId: 'b' });
  });
});
