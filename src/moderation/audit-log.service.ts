import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { Database } from '../foundation/database/database.js';
import { removeInChunks } from '../foundation/database/remove-in-chunks.js';
import { type RecordedEvent, type EventFilter } from '../records/events/event.js';
import { EventsRepository } from '../records/events/events.repository.js';
import { sessionIdSchema } from '../records/users/session-id.js';
import { UsersService } from '../users/users.service.js';

/** The lines of the audit log that are wanted. A field that is left out does not matter. */
export interface AuditFilter extends Omit<EventFilter, 'actors' | 'targets'> {
  /** A Session ID, or `plaza`. */
  actor?: string | undefined;
  /** A Session ID, or the id of a message. */
  target?: string | undefined;
}

/** Tells who did what to whom, where and when. The operator reads it on the command line; no endpoint shows it. Staff reads that of its rooms by /log. */
@Injectable()
export class AuditLog {
  /** Seconds. */
  private readonly keptFor: number;

  constructor(
    settings: Settings,
    private readonly database: Database,
    private readonly events: EventsRepository,
    private readonly users: UsersService,
  ) {
    this.keptFor = settings.logDays * 24 * 60 * 60;
  }

  /** Forgets what is older than LOG_DAYS; called by the clock. Returns how many lines. */
  forgetOld(): Promise<number> {
    return removeInChunks((limit) =>
      this.database.transact((tx) => this.events.prune(tx, this.keptFor, limit)),
    );
  }

  /** The newest events that match, oldest first. */
  find({ actor, target, ...filter }: AuditFilter): Promise<RecordedEvent[]> {
    return this.events.find({ ...filter, actors: this.namesOf(actor), targets: this.namesOf(target) });
  }

  /** One event; undefined when there is none. */
  get(id: number): Promise<RecordedEvent | undefined> {
    return this.events.get(id);
  }

  /** A Session ID stands for all Session IDs of its owner, anything else for itself. */
  private namesOf(name: string | undefined): string[] | undefined {
    if (name === undefined) return undefined;
    const sessionId = sessionIdSchema.safeParse(name);
    return sessionId.success ? this.users.idsOf(sessionId.data) : [name];
  }
}
