import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { type Event, type EventKind } from '../../records/events/event.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { type Actor, actorName } from '../access/actor.js';
import { FileUndoings } from './file-undoings.service.js';
import { MessageUndoings } from './message-undoings.service.js';
import { RaidUndoings } from './raid-undoings.service.js';
import { RoomUndoings } from './room-undoings.service.js';
import { RuleUndoings } from './rule-undoings.service.js';
import { StandingUndoings } from './standing-undoings.service.js';
import { CannotUndo, type Undoing, type Undoings } from './undoing.js';

/** An event that was taken back, or would be. */
export interface UndoReport {
  kind: string;
  /** A sentence, without its period, about how things are then. */
  result: string;
}

/** Takes back single events, each once. */
@Injectable()
export class UndoService {
  private readonly undoings: Undoings;

  constructor(
    private readonly database: Database,
    private readonly events: EventsRepository,
    standings: StandingUndoings,
    messages: MessageUndoings,
    raids: RaidUndoings,
    rooms: RoomUndoings,
    rules: RuleUndoings,
    files: FileUndoings,
  ) {
    this.undoings = {
      ...standings.all,
      ...messages.all,
      ...raids.all,
      ...rooms.all,
      ...rules.all,
      ...files.all,
    };
  }

  /**
   * Takes an event back, with the permission that what it takes back needs.
   * @throws CannotUndo or ProtocolError
   */
  async undo(tx: Transaction, actor: Actor, id: number): Promise<UndoReport> {
    const event = await this.events.findToUndo(tx, id);
    if (!event) throw new CannotUndo(`there is no event ${id}`);
    if (event.isUndone) throw new CannotUndo(`event ${id} has been undone already`);
    const kind = event.kind as EventKind;
    const undoing = this.undoings[kind] as Undoing<EventKind> | undefined;
    if (!undoing) throw new CannotUndo(`${kind} can't be undone`);
    const result = await undoing(tx, actor, event as unknown as Event);
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'undo',
      ...(event.target !== null && { target: event.target }),
      ...(event.room !== null && { room: event.room }),
      undoes: id,
      after: { kind, result },
    });
    return { kind, result };
  }

  /**
   * Tells what {@link undo} would do: it is done, and the transaction is rolled back.
   * @throws CannotUndo or ProtocolError
   */
  async preview(actor: Actor, id: number): Promise<UndoReport> {
    try {
      await this.database.transact(async (tx) => {
        throw new RolledBack(await this.undo(tx, actor, id));
      });
    } catch (error) {
      if (error instanceof RolledBack) return error.report;
      throw error;
    }
    throw new Error('A transaction was not rolled back');
  }
}

class RolledBack extends Error {
  constructor(readonly report: UndoReport) {
    super('rolled back on purpose');
  }
}
