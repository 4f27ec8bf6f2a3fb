import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Departure } from '../../foundation/departure.service.js';
import { PendingMigrations } from '../../records/schema/pending-migrations.service.js';
import { Disk } from '../../files/storage/disk.service.js';

/** Milliseconds; whoever asks gives up after some seconds. */
const PATIENCE = 3_000;
/** Milliseconds for which an answer is good: asking often costs next to nothing. */
const FRESH_FOR = 500;

/** Finds out whether this process can serve requests right now. */
@Injectable()
export class Readiness {
  private latest: { problems: Promise<string[]>; until: number } | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly migrations: PendingMigrations,
    private readonly disk: Disk,
    private readonly departure: Departure,
  ) {}

  /** The problems that keep this process from serving requests, one line each; none when all is well. */
  async problems(): Promise<string[]> {
    if (this.departure.hasBegun) return ['this machine is stopping'];
    const now = performance.now();
    if (!this.latest || this.latest.until < now) {
      this.latest = { problems: this.look(), until: now + FRESH_FOR };
    }
    return this.latest.problems;
  }

  private async look(): Promise<string[]> {
    const found = await Promise.all([
      inTime(this.databaseProblem(), 'the database does not answer'),
      inTime(this.diskProblem(), 'the disk does not answer'),
    ]);
    return found.filter((problem) => problem !== undefined);
  }

  private async databaseProblem(): Promise<string | undefined> {
    try {
      const [pending] = await this.migrations.list();
      return pending && `the database lacks the migration ${pending}: restart Plaza`;
    } catch {
      return 'the database does not answer';
    }
  }

  private async diskProblem(): Promise<string | undefined> {
    try {
      await this.disk.tryWriting();
      const isFull = (await this.disk.freeBytes()) < this.settings.minFreeDiskBytes;
      return isFull ? 'DATA_DIR has less than MIN_FREE_DISK_BYTES free' : undefined;
    } catch {
      return 'DATA_DIR can not be written to';
    }
  }
}

async function inTime(problem: Promise<string | undefined>, tooLate: string): Promise<string | undefined> {
  const done = new AbortController();
  const late = sleep(PATIENCE, tooLate, { signal: done.signal }).catch(() => undefined);
  try {
    return await Promise.race([problem, late]);
  } finally {
    done.abort();
  }
}
