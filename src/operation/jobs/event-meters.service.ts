import { Injectable } from '@nestjs/common';
import { Database } from '../../foundation/database/database.js';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { EventCursorsRepository } from '../../records/events/event-cursors.repository.js';

const READER = 'meters';
/** Events of one transaction. */
const PAGE = 1_000;

/** Counts events by kind, each once in whichever process reads it. */
@Injectable()
export class EventMeters {
  private readonly counts: LabelledValues;

  constructor(
    private readonly database: Database,
    private readonly cursors: EventCursorsRepository,
    meters: Meters,
  ) {
    this.counts = meters.counter({
      name: 'plaza_events_total',
      help: 'Acts of staff and of the operator, as in the audit log, by kind.',
      labels: ['kind'],
    });
  }

  /** Counts what has happened since the last call. */
  async count(): Promise<void> {
    for (;;) {
      const events = await this.database.transact((tx) => this.cursors.take(tx, READER, PAGE));
      for (const { kind } of events) this.counts.cell(kind).value++;
      if (events.length < PAGE) return;
    }
  }
}
