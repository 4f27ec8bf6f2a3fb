import { LRUCache } from 'lru-cache';

const ONE = (): number => 1;

/**
 * A cache of the entries that were used last. It takes memory as it fills: one that is told its `max` makes room for all of
 * them at once, which for 100 000 are 1.4 MB and a hundredth of a second, and a process has a dozen.
 * @param capacity entries kept at most
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- Anything but nothing, as the library has it.
export function boundedCache<Key extends string | number, Value extends {}>(
  capacity: number,
): LRUCache<Key, Value> {
  return new LRUCache({ maxSize: capacity, sizeCalculation: ONE });
}
