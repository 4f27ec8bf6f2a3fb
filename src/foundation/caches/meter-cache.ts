import { type Meters } from '../metrics/meters.service.js';
import { type CacheStatistics } from './read-cache.js';

/** Shows how a cache fares under a name of its own. */
export function meterCache(meters: Meters, name: string, cache: { statistics(): CacheStatistics }): void {
  const labels = ['cache'];
  meters
    .counter({ name: 'plaza_cache_hits_total', help: 'Look-ups answered from memory.', labels })
    .watch(() => cache.statistics().hits, name);
  meters
    .counter({ name: 'plaza_cache_misses_total', help: 'Look-ups that had to ask the database.', labels })
    .watch(() => cache.statistics().misses, name);
  meters
    .gauge({ name: 'plaza_cache_entries', help: 'Entries kept in memory.', labels })
    .watch(() => cache.statistics().size, name);
}
