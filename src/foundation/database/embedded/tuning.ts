import { availableMemory, databaseCache } from '../../config/memory-shares.js';

const MEBIBYTE = 1024 * 1024;

/**
 * Before PostgreSQL recovers from a crash, it puts what lies in its folder safely on the disk. One call for the whole file
 * system takes milliseconds; one for each of its more than thousand files flushes the disk as often, which took most of
 * an outage: up to two seconds beside a busy disk. Other systems than Linux do not have that call.
 */
const SYNC_AT_ONCE = { recovery_init_sync_method: 'syncfs' };

/**
 * PostgreSQL settings for a small machine that it shares with Plaza. They are command-line flags, so that they
 * follow the version of Plaza and not the day the database was made.
 *
 * @param memory bytes of memory this machine or container has
 */
export function tuningFlags(memory = availableMemory()): string[] {
  const buffers = databaseCache(memory) / MEBIBYTE;
  const settings = {
    // Answered 201 means stored, also after a power cut.
    fsync: 'on',
    synchronous_commit: 'on',
    // Nonces do not wait for the disk; they are on it after three times this at most.
    wal_writer_delay: '10ms',
    full_page_writes: 'on',
    ...(process.platform === 'linux' && SYNC_AT_ONCE),
    shared_buffers: `${buffers}MB`,
    // PostgreSQL finds the pages that it needs often in memory, where one from the middle costs as much as the next one.
    // With the default of 4 it read a whole table of a thousand users for each post.
    random_page_cost: '1.1',
    effective_cache_size: `${buffers * 4}MB`,
    max_connections: '200',
    max_wal_size: '512MB',
    min_wal_size: '64MB',
    checkpoint_timeout: '15min',
    // Short queries only: starting parallel workers costs more than it saves, and containers have a tiny /dev/shm.
    max_parallel_workers_per_gather: '0',
    max_parallel_maintenance_workers: '0',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Errors reach us through the connection that made them; their details name Session IDs, so they are not logged.
    log_min_messages: 'log',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    log_destination: 'stderr',
    logging_collector: 'off',
    cluster_name: 'plaza',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
