import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { diskSpace } from '../../foundation/disk-space.js';
import { Settings } from '../../foundation/config/settings.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type Eventual } from '../../foundation/eventual.js';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { IncomingFolder } from './incoming-folder.js';

/** Milliseconds for which a measurement is good. */
const FRESH_FOR = 1_000;
/** The part of MIN_FREE_DISK_BYTES that is left to PostgreSQL: below it nothing is taken that adds data. */
const DATA_MARK = 0.5;
/** How far above a mark the free space must rise before what it refuses is taken again, so that it does not flutter. */
const RECOVERY = 1.1;

/** A mark of free space, and whether it has been fallen below. */
class Mark {
  isReached = false;

  constructor(private readonly bytes: number) {}

  look(free: number): void {
    this.isReached = free < (this.isReached ? this.bytes * RECOVERY : this.bytes);
  }
}

/**
 * The disk that holds uploads, and the embedded PostgreSQL. Before it is full, uploads are refused and then whatever
 * else adds data: PostgreSQL would stop when it can't write its log, and with it reading and deleting.
 */
@Injectable()
export class Disk implements OnModuleInit {
  private readonly forUploads: Mark;
  private readonly forData: Mark;
  private readonly refused: LabelledValues;
  private holdsDatabase = false;
  /** Bytes, by the latest measurement. */
  private free = Infinity;
  /** Bytes that this process has written since. */
  private written = 0;
  private measuredAt = -Infinity;
  private measuring: Promise<void> | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly incoming: IncomingFolder,
    meters: Meters,
  ) {
    this.forUploads = new Mark(settings.minFreeDiskBytes);
    this.forData = new Mark(settings.minFreeDiskBytes * DATA_MARK);
    this.refused = meters.counter({
      name: 'plaza_disk_refusals_total',
      help: 'Requests refused because the disk of DATA_DIR is nearly full, by what they would add.',
      labels: ['what'],
    });
  }

  async onModuleInit(): Promise<void> {
    // Only an embedded PostgreSQL that runs has this file.
    this.holdsDatabase = await access(
      join(this.settings.dataDir, 'postgres', 'cluster', 'postmaster.pid'),
    ).then(
      () => true,
      () => false,
    );
  }

  /** Bytes that this process may still write, measured now. */
  async freeBytes(): Promise<number> {
    return (await diskSpace(this.settings.dataDir)).free;
  }

  /**
   * Refuses an upload below MIN_FREE_DISK_BYTES.
   * @param size bytes that it would add; 0 when that is not known
   * @throws ProtocolError `storage_full`
   */
  async admitUpload(size: number): Promise<void> {
    if (!this.isFresh()) await this.measure();
    this.checkUpload(size);
  }

  /**
   * Counts bytes of an upload that are about to be written, and refuses the upload when they leave too little.
   * @throws ProtocolError `storage_full`
   */
  addToUpload(bytes: number): void {
    this.written += bytes;
    if (!this.isFresh()) void this.measure();
    this.checkUpload(0);
  }

  /**
   * Refuses what adds data to the database, while too little space is left to an embedded one.
   * @throws ProtocolError `disk_full`, at once or later
   */
  admitData(): Eventual<void> {
    if (!this.holdsDatabase) return;
    if (this.isFresh()) this.checkData();
    else
      return this.measure().then(() => {
        this.checkData();
      });
  }

  /** Writes a small file and removes it; rejects when that does not work. */
  async tryWriting(): Promise<void> {
    await rm(await this.incoming.write((file) => file.writeFile('Plaza was here\n')));
  }

  private isFresh(): boolean {
    return performance.now() - this.measuredAt < FRESH_FOR;
  }

  private measure(): Promise<void> {
    this.measuring ??= this.freeBytes()
      .then((free) => {
        this.free = free;
        this.written = 0;
      })
      // A disk that can't be measured is not known to be full; writing will tell.
      .catch(() => undefined)
      .finally(() => {
        this.measuredAt = performance.now();
        this.measuring = undefined;
        this.look();
      });
    return this.measuring;
  }

  private look(): void {
    const left = this.left();
    this.forUploads.look(left);
    this.forData.look(left);
  }

  /** Bytes that are free: the other workers may have written as much as this one since the measurement. */
  private left(): number {
    return this.free - this.written * this.settings.workers;
  }

  private checkUpload(adding: number): void {
    this.look();
    if (!this.forUploads.isReached && this.left() - adding >= this.settings.minFreeDiskBytes) return;
    this.refused.cell('upload').value++;
    throw new ProtocolError('storage_full');
  }

  private checkData(): void {
    if (!this.forData.isReached) return;
    this.refused.cell('data').value++;
    throw new ProtocolError('disk_full');
  }
}
