import { Logger } from '@nestjs/common';
import { errorLine } from '../../../foundation/error-line.js';
import { StorageUnavailableError } from '../../../foundation/errors/storage-unavailable-error.js';
import { type Cell } from '../../../foundation/metrics/meter.js';
import { type Meters } from '../../../foundation/metrics/meters.service.js';
import { isFull, S3Refusal } from './s3-error.js';

/** Milliseconds between two questions whether a silent store answers again. */
const PAUSE_MS = 1_000;
/** Requests in a row without an answer that make a store a silent one. */
const SILENT_AFTER = 3;
/** Milliseconds. While a store fails every request does alike, and one line now and then says so. */
const BETWEEN_LINES = 10_000;

/**
 * Knows how a store is doing. While it is silent, requests are refused at once instead of each waiting until its own
 * patience ends, and one question at a time tells when it is back.
 */
export class StoreWatch {
  private readonly logger = new Logger('Files');
  private readonly failures: Cell;
  private isUp = true;
  private isTold = false;
  private toldAt = -Infinity;
  private unanswered = 0;
  private asking: NodeJS.Timeout | undefined;
  private isStopped = false;

  /** @param ask the store something; it rejects while the store does not answer */
  constructor(
    private readonly ask: () => Promise<unknown>,
    meters: Meters,
  ) {
    meters
      .gauge({
        name: 'plaza_storage_up',
        help: 'Workers whose latest request to the object store succeeded.',
      })
      .watch(() => Number(this.isUp));
    this.failures = meters
      .counter({ name: 'plaza_storage_failures_total', help: 'Requests that the object store failed.' })
      .cell();
  }

  /** @throws StorageUnavailableError while the store is silent */
  assertAnswers(): void {
    if (this.asking) throw new StorageUnavailableError('The object store does not answer');
  }

  /** Notes that the store has done a request, or said that there is no such object. */
  succeeded(): void {
    this.unanswered = 0;
    this.isUp = true;
    if (!this.isTold) return;
    this.isTold = false;
    this.logger.log('The object store works again');
  }

  /** Notes that the store has not done a request. A store that is full is up: files in it can be read. */
  failed(error: unknown): void {
    this.failures.value++;
    this.tell(error);
    if (isFull(error)) return;
    this.isUp = false;
    if (error instanceof S3Refusal) this.unanswered = 0;
    else if (++this.unanswered >= SILENT_AFTER) this.askLater();
  }

  /** Asks no more. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.asking);
  }

  private tell(error: unknown): void {
    const now = performance.now();
    if (now - this.toldAt < BETWEEN_LINES) return;
    this.toldAt = now;
    this.isTold = !isFull(error);
    this.logger.warn(`The object store fails, and requests for files with it: ${errorLine(error)}`);
  }

  private askLater(): void {
    if (this.isStopped || this.asking) return;
    this.asking = setTimeout(() => {
      this.ask().then(
        () => {
          this.asking = undefined;
          this.succeeded();
        },
        (error: unknown) => {
          this.asking = undefined;
          // A refusal is an answer: from now on requests are told their own.
          if (!(error instanceof S3Refusal)) this.askLater();
        },
      );
    }, PAUSE_MS);
    this.asking.unref();
  }
}
