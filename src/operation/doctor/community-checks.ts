import { mostConnections } from '../../foundation/config/database-connections.js';
import { plazaCommand } from '../../foundation/config/plaza-command.js';
import { type Settings } from '../../foundation/config/settings.js';
import { durationText } from '../../foundation/duration.js';
import { counted } from '../../foundation/wording.js';
import { type Status } from '../machines/status.service.js';
import { type BackupRun } from '../../records/backups/backup-runs.repository.js';
import { intervalOf } from '../backup/due-backup.js';
import { type Finding, good, problem, unknown } from './finding.js';

/** The oldest PostgreSQL that Plaza works with. */
const OLDEST_POSTGRES = 13;
/** Seconds by which the clocks of a community may differ. */
const CLOCK_DIFFERENCE = 2;
/** Milliseconds of an answer, with a new connection, that every write would feel. */
const SLOW_ANSWER = 200;

/** Settings of PostgreSQL on which promises to members rest, by name. */
export interface DatabaseSettings {
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly server_encoding: string;
}

/** Looks at what the parts of a community say of themselves. */
export function checkStatus(status: Status, settings: Settings): Finding[] {
  return [
    checkServer(status),
    checkDatabase(status, settings),
    ...(status.redis === null ? [] : [reachFinding('Redis', status.redis)]),
    reachFinding('files', status.storage),
    checkJobs(status.jobs),
  ];
}

function checkServer({ machines: known }: Status): Finding {
  const machines = known.filter(({ isGone }) => !isGone);
  const gone = known.filter(({ isGone }) => isGone).map(({ name }) => name);
  const workers = machines.flatMap((machine) => machine.workers);
  if (workers.length === 0) return problem('server', 'it does not run', 'Start it');
  const off = workers.filter(({ clockAhead }) => Math.abs(clockAhead) > CLOCK_DIFFERENCE);
  if (off.length > 0) {
    const seen = `the clocks of ${counted(off.length, 'worker')} differ from PostgreSQL's by up to ${Math.max(...off.map(({ clockAhead }) => Math.abs(clockAhead)))} s`;
    return problem('server', seen, 'Have all machines follow a time server');
  }
  const seen = `${counted(machines.length, 'machine')} with ${counted(workers.length, 'worker')}`;
  if (gone.length > 0) {
    const todo = 'Start it again, or leave it: after an hour nobody speaks of it any more';
    return unknown('server', `${seen}; ${gone.join(', ')} ended within the last hour without a word`, todo);
  }
  return good('server', seen);
}

function checkDatabase({ database, machines }: Status, settings: Settings): Finding {
  const { version, connections, maxConnections, answeredInMs, isStandby } = database;
  const seen = `PostgreSQL ${version}, ${connections} of ${maxConnections} connections, answers in ${answeredInMs} ms`;
  const running = machines.filter(({ isGone }) => !isGone);
  const workers = running.flatMap((machine) => machine.workers).length;
  const needed = mostConnections(settings, Math.max(1, running.length), Math.max(settings.workers, workers));
  if (isStandby)
    return problem('database', 'PostgreSQL is a standby and only reads', 'Promote it, or name the primary');
  if (Number.parseInt(version, 10) < OLDEST_POSTGRES)
    return problem('database', seen, `Upgrade it to ${OLDEST_POSTGRES} or later`);
  if (needed > maxConnections)
    return problem('database', seen, `Raise max_connections: the workers may open ${needed}`);
  if (answeredInMs > SLOW_ANSWER)
    return problem(
      'database',
      seen,
      'Bring it nearer, or look at what else loads it: every post waits for it',
    );
  return good('database', seen);
}

/** Whether PostgreSQL keeps what it has confirmed, and takes every character. */
export function checkDatabaseSettings(found: DatabaseSettings): Finding {
  const { fsync, full_page_writes: pages, server_encoding: encoding } = found;
  const about = 'durability';
  if (fsync !== 'on' || pages !== 'on') {
    const seen = `fsync is ${fsync} and full_page_writes is ${pages}`;
    return problem(about, seen, 'Set both to on: a power cut may destroy the database otherwise');
  }
  if (encoding !== 'UTF8')
    return problem(
      about,
      `the database is in ${encoding}`,
      'Make a database in UTF8 and restore a backup there',
    );
  return good(about, 'PostgreSQL keeps what it has confirmed');
}

/** The backups that were made by themselves, as far as their table says; times in unix seconds. */
export interface BackupReport {
  /** The latest one that was verified. */
  readonly success: Pick<BackupRun, 'begunAt' | 'name'> | undefined;
  /** The latest attempt. */
  readonly latest: Pick<BackupRun, 'failure'> | undefined;
}

/**
 * Whether backups are made, and how old the last one is.
 * @param now unix seconds
 */
export function checkBackups(
  { backupSchedule }: Settings,
  { success, latest }: BackupReport,
  now: number,
): Finding {
  const about = 'backups';
  if (!backupSchedule) {
    return unknown(
      about,
      'none are made by themselves',
      'Set BACKUP_SCHEDULE, or see to them by plaza backup',
    );
  }
  const why = latest?.failure ? `: ${latest.failure}` : '';
  if (!success)
    return problem(about, `none has been made yet${why}`, 'Look at plaza backups list and the log');
  const age = Math.max(0, now - success.begunAt);
  const seen = `the latest one is ${durationText(Math.floor(age / 60) * 60)} old`;
  if (age > 2 * intervalOf(backupSchedule)) {
    return problem(about, `${seen}${why}`, 'Look at plaza backups list and the log');
  }
  return good(about, `${seen}: ${success.name}`);
}

function reachFinding(
  about: string,
  { answeredInMs, failure }: Status['storage'] | NonNullable<Status['redis']>,
): Finding {
  if (answeredInMs === null)
    return problem(about, failure ?? 'no answer', 'Look whether it runs and whether this machine reaches it');
  return good(about, `answers in ${answeredInMs} ms`);
}

function checkJobs(jobs: Status['jobs']): Finding {
  if (jobs === null) return problem('jobs', 'the queue does not answer', 'Look at Redis or PostgreSQL');
  if (jobs.failed > 0)
    return problem(
      'jobs',
      `${counted(jobs.failed, 'job')} failed for good`,
      `${plazaCommand('jobs')} shows them`,
    );
  return good('jobs', `${jobs.waiting} waiting, none failed`);
}
