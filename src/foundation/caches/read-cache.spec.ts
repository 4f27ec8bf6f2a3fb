import { describe, expect, jest, test } from '@jest/globals';
import { ReadCache } from './read-cache.js';

/** A change feed that a test loses and restores. */
class Feed {
  lost: () => void = () => undefined;
  restored: () => void = () => undefined;

  constructor(readonly isListening = true) {}

  onLost(handler: () => void): void {
    this.lost = handler;
  }

  onRestored(handler: () => void): void {
    this.restored = handler;
  }
}

/** A load that ends when a test says so. */
function slowLoad(): { load: () => Promise<string>; end: (value: string) => void; calls: () => number } {
  let end: (value: string) => void = () => undefined;
  let calls = 0;
  const result = new Promise<string>((resolve) => (end = resolve));
  const load = (): Promise<string> => {
    calls += 1;
    return result;
  };
  return {
    load,
    end: (value) => {
      end(value);
    },
    calls: () => calls,
  };
}

const give = (value: string) => () => Promise.resolve(value);

describe('a read cache', () => {
  test('loads an entry once and then answers from memory', async () => {
    const cache = new ReadCache<string, string>(10);
    expect(cache.peek('a')).toBeUndefined();
    expect(await cache.get('a', give('one'))).toBe('one');
    expect(await cache.get('a', give('two'))).toBe('one');
    expect(cache.peek('a')).toBe('one');
    expect(cache.statistics()).toEqual({ hits: 2, misses: 1, size: 1 });
  });

  test('shares one load among parallel readers', async () => {
    const cache = new ReadCache<string, string>(10);
    const { load, end, calls } = slowLoad();
    const read = async (): Promise<string> => cache.get('a', load);
    const readers = [read(), read(), read()];
    end('one');
    expect(await Promise.all(readers)).toEqual(['one', 'one', 'one']);
    expect(calls()).toBe(1);
  });

  test('remembers missing entries beside its entries, if it has room for them', async () => {
    const cache = new ReadCache<string, string | undefined>(10, 4);
    const nothing = jest.fn(() => Promise.resolve(undefined));
    await cache.get('a', give('one'));
    for (const key of ['b', 'b', 'c', 'd', 'e', 'f', 'g', 'g']) {
      expect(await cache.get(key, nothing)).toBeUndefined();
    }
    expect(nothing).toHaveBeenCalledTimes(6);
    expect(cache.peek('a')).toBe('one');
    expect(cache.statistics().size).toBeLessThanOrEqual(5);
    cache.drop('g');
    expect(await cache.get('g', give('there now'))).toBe('there now');
  });

  test('does not remember an entry as missing when it was dropped during the lookup', async () => {
    const cache = new ReadCache<string, string | undefined>(10, 10);
    let end: (value: undefined) => void = () => undefined;
    const looking = cache.get('a', () => new Promise<undefined>((resolve) => (end = resolve)));
    cache.drop('a');
    end(undefined);
    expect(await looking).toBeUndefined();
    expect(await cache.get('a', give('created meanwhile'))).toBe('created meanwhile');
  });

  test('keeps neither missing entries nor failures', async () => {
    const cache = new ReadCache<string, string | undefined>(10);
    expect(await cache.get('a', () => Promise.resolve(undefined))).toBeUndefined();
    await expect(cache.get('a', () => Promise.reject(new Error('no database')))).rejects.toThrow(
      'no database',
    );
    expect(await cache.get('a', give('one'))).toBe('one');
  });

  test('evicts the entry that was not used for longest', async () => {
    const cache = new ReadCache<string, string>(2);
    await cache.get('a', give('A'));
    await cache.get('b', give('B'));
    cache.peek('a');
    await cache.get('c', give('C'));
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')]).toEqual(['A', undefined, 'C']);
  });

  test('does not keep an entry that changed while it was read', async () => {
    const cache = new ReadCache<string, string>(10);
    const before = slowLoad();
    const reader = cache.get('a', before.load);
    cache.drop('a');
    const after = slowLoad();
    const laterReader = cache.get('a', after.load);
    after.end('new');
    expect(await laterReader).toBe('new');
    before.end('old');
    expect(await reader).toBe('old');
    expect(cache.peek('a')).toBe('new');
  });

  test('reads from the database alone while it hears of no changes, and starts empty afterwards', async () => {
    const cache = new ReadCache<string, string>(10);
    const feed = new Feed();
    cache.follow(feed);
    await cache.get('a', give('one'));
    feed.lost();
    expect(await cache.get('a', give('two'))).toBe('two');
    expect(await cache.get('a', give('three'))).toBe('three');
    feed.restored();
    expect(cache.peek('a')).toBeUndefined();
    expect(await cache.get('a', give('four'))).toBe('four');
    expect(await cache.get('a', give('five'))).toBe('four');
  });

  test('does not keep an entry that was read while it heard of no changes', async () => {
    const cache = new ReadCache<string, string>(10);
    const feed = new Feed();
    cache.follow(feed);
    const { load, end } = slowLoad();
    const reader = cache.get('a', load);
    feed.lost();
    feed.restored();
    end('from before');
    await reader;
    expect(cache.peek('a')).toBeUndefined();
  });

  test('keeps nothing before it can hear of changes', async () => {
    const cache = new ReadCache<string, string>(10);
    cache.follow(new Feed(false));
    await cache.get('a', give('one'));
    expect(cache.peek('a')).toBeUndefined();
  });

  test('does not let a load within a transaction be shared', async () => {
    const cache = new ReadCache<string, string>(10);
    const outside = slowLoad();
    const reader = cache.get('a', outside.load);
    expect(await cache.getWithin('a', give('one'))).toBe('one');
    const within = slowLoad();
    const transaction = cache.getWithin('b', within.load);
    expect(await cache.get('b', give('two'))).toBe('two');
    outside.end('one');
    within.end('two');
    expect([await reader, await transaction]).toEqual(['one', 'two']);
    expect([cache.peek('a'), cache.peek('b')]).toEqual(['one', 'two']);
  });

  test.each(['a', 'another key'])(
    'does not keep what a transaction read while %s was forgotten',
    async (forgotten) => {
      const cache = new ReadCache<string, string>(10);
      const { load, end } = slowLoad();
      const transaction = cache.getWithin('a', load);
      cache.drop(forgotten);
      end('from before');
      expect(await transaction).toBe('from before');
      expect(cache.peek('a')).toBeUndefined();
    },
  );

  test('keeps nothing of a transaction while it hears of no changes', async () => {
    const cache = new ReadCache<string, string>(10);
    cache.follow(new Feed(false));
    expect(await cache.getWithin('a', give('one'))).toBe('one');
    expect(cache.peek('a')).toBeUndefined();
  });
});
