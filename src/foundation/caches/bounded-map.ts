/**
 * A map of bounded size, from which goes first what was not asked for lately.
 *
 * Entries live in two generations: what is set or asked for belongs to the younger one, and when that is full the
 * older one is dropped and it takes its place. So asking for an entry writes nothing, but for once in a generation.
 */
export class BoundedMap<Key, Value> {
  private young = new Map<Key, Value>();
  private old = new Map<Key, Value>();
  private readonly generation: number;

  /** @param capacity entries kept at most; 2 or more */
  constructor(capacity: number) {
    this.generation = Math.floor(capacity / 2);
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(key: Key): Value | undefined {
    const value = this.young.get(key);
    if (value !== undefined) return value;
    const older = this.old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  /** @param value anything but undefined, which stands for no entry */
  set(key: Key, value: Value): void {
    this.old.delete(key);
    if (this.young.size >= this.generation && !this.young.has(key)) {
      this.old = this.young;
      this.young = new Map();
    }
    this.young.set(key, value);
  }

  delete(key: Key): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}
