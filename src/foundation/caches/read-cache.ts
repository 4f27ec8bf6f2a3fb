import { type LRUCache } from 'lru-cache';
import { type Eventual } from '../eventual.js';
import { type ChangeFeed } from '../database/change-feed.js';
import { waitsForOthers } from '../database/transaction-watch.js';
import { boundedCache } from './bounded-cache.js';

/** How a cache fares; for metrics. */
export interface CacheStatistics {
  hits: number;
  misses: number;
  size: number;
}

/**
 * A bounded cache of what the database says.
 *
 * It is never ahead of a commit and never keeps what was read before one: dropping a key also disowns a load
 * of it that is under way, so that a value read before a change can't be stored after it.
 */
export class ReadCache<Key extends string | number, Value> {
  private readonly entries: LRUCache<Key, Value & {}>;
  private readonly absent: LRUCache<Key, true> | undefined;
  private readonly loads = new Map<Key, Promise<Value>>();
  /** How often anything has been forgotten. */
  private drops = 0;
  private suspended = false;
  private hits = 0;
  private misses = 0;

  /**
   * @param capacity entries kept at most
   * @param absentCapacity keys kept at most of which the database has nothing, apart from the entries: so whoever asks
   *   for what there is not takes no place of what there is. 0: none are kept
   */
  constructor(capacity: number, absentCapacity = 0) {
    this.entries = boundedCache(capacity);
    this.absent = absentCapacity > 0 ? boundedCache(absentCapacity) : undefined;
  }

  /** Lives by the feed from now on: while changes don't reach this process, nothing is cached. */
  follow(feed: Pick<ChangeFeed, 'isListening' | 'onLost' | 'onRestored'>): void {
    if (!feed.isListening) this.suspend();
    feed.onLost(() => {
      this.suspend();
    });
    feed.onRestored(() => {
      this.resume();
    });
  }

  /** The cached value, at once, or undefined. */
  peek(key: Key): Value | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) this.hits++;
    return value;
  }

  /**
   * The cached value, at once, or what `load` reads; parallel calls for one key share a load. Undefined, for nothing, is
   * kept only by a cache with an `absentCapacity`.
   *
   * Nobody who holds a lock or a connection may call it: the load that they share may be waiting for just that.
   */
  get(key: Key, load: () => Promise<Value>): Eventual<Value> {
    const cached = this.peek(key);
    if (cached !== undefined) return cached;
    if (this.absent?.get(key)) {
      this.hits++;
      // A cache that keeps nothing for a key has `undefined` among its values.
      return undefined as Value;
    }
    this.misses++;
    waitsForOthers('a load that others share');
    if (this.suspended) return load();
    return this.loads.get(key) ?? this.load(key, load);
  }

  /**
   * The cached value, at once, or what `load` reads within the caller's transaction. Neither waits for the load of somebody
   * else, who may be waiting for a lock of this transaction, nor does anybody else wait for this one.
   */
  getWithin(key: Key, load: () => Promise<Value>): Eventual<Value> {
    const cached = this.peek(key);
    if (cached !== undefined) return cached;
    this.misses++;
    return this.suspended ? load() : this.loadAlone(key, load);
  }

  /** Forgets one key. */
  drop(key: Key): void {
    this.drops++;
    this.entries.delete(key);
    this.absent?.delete(key);
    this.loads.delete(key);
  }

  statistics(): CacheStatistics {
    return { hits: this.hits, misses: this.misses, size: this.entries.size + (this.absent?.size ?? 0) };
  }

  private async load(key: Key, load: () => Promise<Value>): Promise<Value> {
    const started = load();
    this.loads.set(key, started);
    try {
      const value = await started;
      if (this.loads.get(key) === started) {
        if (value === undefined || value === null) this.absent?.set(key, true);
        else this.entries.set(key, value);
      }
      return value;
    } finally {
      if (this.loads.get(key) === started) this.loads.delete(key);
    }
  }

  private async loadAlone(key: Key, load: () => Promise<Value>): Promise<Value> {
    const { drops } = this;
    const value = await load();
    if (this.drops === drops && value !== undefined && value !== null) this.entries.set(key, value);
    return value;
  }

  private suspend(): void {
    this.suspended = true;
    this.clear();
  }

  private resume(): void {
    this.suspended = false;
    this.clear();
  }

  private clear(): void {
    this.drops++;
    this.entries.clear();
    this.absent?.clear();
    this.loads.clear();
  }
}
