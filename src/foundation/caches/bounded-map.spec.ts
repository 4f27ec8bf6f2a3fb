import { BoundedMap } from './bounded-map.js';

function mapOf(capacity: number, keys: string): BoundedMap<string, string> {
  const map = new BoundedMap<string, string>(capacity);
  for (const key of keys) map.set(key, key.toUpperCase());
  return map;
}

describe('a bounded map', () => {
  test('holds what it was given, and what it was given last', () => {
    const map = mapOf(10, 'abc');
    map.set('b', 'another');
    expect([map.get('a'), map.get('b'), map.get('c'), map.get('d')]).toEqual([
      'A',
      'another',
      'C',
      undefined,
    ]);
    expect(map.size).toBe(3);
  });

  test('never holds more than its capacity', () => {
    for (const capacity of [10, 11]) {
      const map = mapOf(capacity, '');
      for (let count = 0; count < 1000; count++) {
        map.set(`key ${count}`, 'value');
        map.get(`key ${count - 7}`);
        expect(map.size).toBeLessThanOrEqual(capacity);
      }
    }
  });

  test('keeps what is asked for and drops what is not', () => {
    const map = mapOf(4, 'kd');
    for (const key of 'mnopqrst') {
      map.set(key, key);
      expect(map.get('k')).toBe('K');
    }
    expect(map.get('d')).toBeUndefined();
  });

  test('counts an entry once, whichever generation it is in', () => {
    const map = mapOf(4, 'abc');
    map.get('a');
    map.set('b', 'again');
    expect(map.size).toBe(3);
  });

  test('forgets on demand, of both generations', () => {
    const map = mapOf(4, 'abc');
    map.delete('a');
    map.delete('c');
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 'B', undefined]);
    map.clear();
    expect([map.get('b'), map.size]).toEqual([undefined, 0]);
  });
});
