import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { Database, type Transaction } from '../../foundation/database/database.js';
import { limitsOf } from '../../moderation/defence/budgets.js';
import { Defence } from '../../moderation/defence/defence.service.js';
import { countLinks } from '../../moderation/defence/likeness.js';
import { CLUSTER } from '../../moderation/defence/text-watch.js';
import { countsIn } from '../../moderation/defence/windows.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { type Incident, IncidentsRepository } from '../../records/defence/incidents.repository.js';
import { type RoomDefence, type RoomDefenceNow } from '../../records/defence/room-defence.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { type Suspect, SuspectsRepository } from '../../records/defence/suspects.repository.js';
import { TrustRepository } from '../../records/defence/trust.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { AppealsRepository } from '../../records/moderation/appeals.repository.js';
import { ReportsRepository } from '../../records/reports/reports.repository.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { type Room } from '../../records/rooms/room.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { CardTurns } from '../cards/card-turns.service.js';
import { Cards } from '../cards/cards.service.js';
import { Publication } from '../publication/publication.service.js';
import { digestOf, DIGESTS_AFTER, INCIDENT_CARD, type IncidentArgument } from './digest.js';

/**
 * Seconds after a first post by which its author has polled the room, unless it is a script that only posts. With the time
 * that a raid needs to be noticed, nobody sees a post for longer than 15.
 */
const POLLS_WITHIN = 13;
/** Milliseconds until the authors of first posts are judged: a little longer, so that none is left for the next run. */
const JUDGED_AFTER = POLLS_WITHIN * 1_000 + 250;
/** Seconds for which a room stays guarded at least. */
const GUARDED_FOR = 30 * 60;
/** A room is no longer guarded when every window is below so much of what would make it guarded. */
const CALM_SHARE = 1 / 3;
/** Seconds for which strangers solve a challenge after that. */
export const ALERT_FOR = 6 * 60 * 60;
const ACTOR = 'plaza';

/**
 * Does for rooms that are not calm what is due: takes back the first posts that set off an incident, tells moderators, and
 * ends states; and promotes people. The process that has made a room guarded does it at once and when their authors are
 * judged; the job is there for a process that was killed. All of it is done under the room's lock and looks at how things
 * are then, so twice is once.
 */
@Injectable()
export class RoomWatch implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Defence');
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly rooms: RoomsRepository,
    private readonly defence: Defence,
    private readonly defences: RoomDefenceRepository,
    private readonly incidents: IncidentsRepository,
    private readonly suspects: SuspectsRepository,
    private readonly trust: TrustRepository,
    private readonly publication: Publication,
    private readonly cards: Cards,
    private readonly turns: CardTurns,
    private readonly reports: ReportsRepository,
    private readonly appeals: AppealsRepository,
    private readonly events: EventsRepository,
  ) {}

  onModuleInit(): void {
    this.defence.whenGuarded((token) => {
      this.soon(token, 0);
      this.soon(token, JUDGED_AFTER);
    });
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  /** Looks after every room that is not calm. */
  async run(): Promise<void> {
    for (const { token } of await this.defences.troubled()) await this.lookAfter(token);
  }

  /** Makes those members who have written enough, in all rooms. */
  async promote(): Promise<void> {
    for (const { token } of await this.trust.roomsWithWaiting()) {
      await this.database.transact(async (tx) => {
        const room = await this.rooms.lock(tx, token);
        if (room) await this.trust.promote(tx, room.id);
      });
    }
    await this.defences.forgetOldDays();
  }

  private soon(token: string, milliseconds: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.lookAfter(token).catch((error: unknown) => {
        this.logger.error(`Room ${token} could not be looked after: ${String(error)}`);
      });
    }, milliseconds);
    timer.unref();
    this.timers.add(timer);
  }

  private async lookAfter(token: string): Promise<void> {
    await this.database.transact(async (tx) => {
      const room = await this.rooms.lock(tx, token);
      const found = room && (await this.defences.find(tx, token));
      if (!found) return;
      const { incidentId } = found.defence;
      const incident = incidentId === null ? undefined : await this.incidents.get(incidentId, tx);
      const isOn = settingsOf(room, this.settings).defence === 'on';
      if (incident && found.defence.state === 'guarded' && isOn) await this.takeBack(tx, room, incident);
      if (incident && isOn) await this.tell(tx, room, incident, found.now);
      await this.moveOn(tx, room, found);
    });
  }

  private async takeBack(tx: Transaction, room: Room, incident: Incident): Promise<void> {
    const suspects = await this.suspects.of(tx, incident, CLUSTER);
    const ids = suspects.filter(isToBeTakenBack).map(({ id }) => id);
    if (ids.length > 0) await this.publication.takeBack(tx, room, ids, incident.id);
  }

  private async tell(tx: Transaction, room: Room, incident: Incident, now: number): Promise<void> {
    const due = DIGESTS_AFTER.filter((seconds) => now - incident.startedAt >= seconds).length;
    if (due <= incident.told || incident.endedAt !== null) return;
    const numbers = await this.incidents.numbers(incident.id, tx);
    const kept = await this.turns.keptFrom(tx, room);
    await this.cards.ask<IncidentArgument>(tx, room, {
      kind: INCIDENT_CARD,
      subject: String(incident.id),
      argument: { incident: incident.id },
      text: [digestOf(room, incident, numbers), kept].filter(Boolean).join(' '),
    });
    await this.incidents.change(tx, incident.id, { told: due });
    // The event by which the room became guarded tells of the beginning.
    if (incident.told === 0) return;
    await this.events.record(tx, {
      actor: ACTOR,
      kind: 'raid.digest',
      room: room.token,
      after: {
        incident: incident.id,
        ...numbers,
        reports: await this.reports.countOpen(tx, room.id),
        appeals: await this.appeals.countOpen(tx, room.id),
      },
    });
  }

  /** Ends a state whose time is over. */
  private async moveOn(tx: Transaction, room: Room, found: RoomDefenceNow): Promise<void> {
    const next = nextOf(found);
    if (!next) return;
    const { incidentId } = found.defence;
    await this.defences.save(tx, room.id, next);
    if (found.defence.state === 'guarded' && incidentId !== null) {
      await this.incidents.change(tx, incidentId, { ends: true });
    }
    await this.events.record(tx, {
      actor: ACTOR,
      kind: 'raid.state',
      room: room.token,
      before: { state: found.defence.state, incident: incidentId },
      after: { state: next.state },
    });
    tx.afterCommit(() => {
      this.logger.log(`Room ${room.token} is ${next.state} now`);
    });
  }
}

function isToBeTakenBack({ age, hasPolled, hasFiles, cluster, data }: Suspect): boolean {
  if (!hasPolled && age >= POLLS_WITHIN) return true;
  if (!cluster) return false;
  return !cluster.isOldest || hasFiles || countLinks(readContent(data)) > 0;
}

/** The defence of a room when its state ends by now; undefined while it lasts. */
export function nextOf({ defence, busyDays, now }: RoomDefenceNow): RoomDefence | undefined {
  const { state, since, until, isForced } = defence;
  if (state === 'guarded') {
    if (isForced || now - since < GUARDED_FOR) return undefined;
    const limits = limitsOf('attempts', { defence, busyDays, now });
    const isQuiet = countsIn(defence.attempts, now).every(
      (count, window) => count < (limits[window] ?? Infinity) * CALM_SHARE,
    );
    return isQuiet ? { ...defence, state: 'alert', since: now, until: now + ALERT_FOR } : undefined;
  }
  if (state === 'calm' || until === null || now < until) return undefined;
  return { ...defence, state: 'calm', since: now, until: null, isForced: false, incidentId: null };
}
