import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { type ProtocolError } from '../../foundation/errors/protocol-error.js';
import { IncidentsRepository } from '../../records/defence/incidents.repository.js';
import { InvitationsRepository } from '../../records/defence/invitations.repository.js';
import { LikenessRepository } from '../../records/defence/likeness.repository.js';
import { RoomDefenceRepository, type WatchedRoomNow } from '../../records/defence/room-defence.repository.js';
import { type Newcomer, TrustRepository } from '../../records/defence/trust.repository.js';
import { isRegularBySay, NO_ROOM } from '../../records/defence/trust.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { RoomDirectory } from '../../records/rooms/room-directory.service.js';
import { type Room } from '../../records/rooms/room.js';
import { FilesRepository } from '../../records/files/files.repository.js';
import { dayOf, turnDay } from './counting.js';
import { type Candidate, isCounted, look, lookCloser, type WatchedCandidate } from './candidates.js';
import { nameFingerprints } from './likeness.js';
import { phrasesIn } from './phrases.js';
import { StaffNames } from './staff-names.service.js';
import {
  ALIKE_WITHIN,
  CLUSTER,
  type Judgement,
  TextWatch,
  type Trigger,
  type WatchedPost,
  type WatchedRoom,
} from './text-watch.js';

/** Facts about those who post to a room, read under its lock. */
export interface DefenceFacts {
  /** How far they are known, by user id. */
  authors: ReadonlyMap<number, Newcomer>;
  /** The room's defence; undefined when nobody seemed to need it. */
  room: WatchedRoomNow | undefined;
}

/** Facts about a group of posts to a room, read under its lock. */
export interface DefenceMoment {
  readonly room: Room;
  readonly watched: ReadonlyMap<Candidate, WatchedCandidate>;
  /** Undefined when the authors are all established, or the defence is off. */
  readonly watch: WatchedRoom | undefined;
}

/** The marks that a message is written with. */
export interface DefenceMarks {
  likeness: readonly number[] | null;
  incidentId: number | null;
}

/** The consequences of posts that were judged. */
export interface DefenceSettlement {
  /** The marks of each, in their order. */
  marks: DefenceMarks[];
  /**
   * When the rest has been written, all of which has been asked for: to be awaited together with what is asked for next, so
   * that both take one round trip.
   */
  written: Promise<unknown>;
}

/** A post that was judged and is written now. */
export interface JudgedPost<Post extends Candidate> {
  post: Post;
  userId: number;
  /** Whether others see it. */
  isPublished: boolean;
}

/**
 * Judges posts of strangers and newcomers by what they do together in a room (docs/defence.md). All that it reads
 * and writes it reads and writes under the room's lock, in the transaction that writes the posts.
 */
@Injectable()
export class Defence {
  private readonly logger = new Logger('Defence');
  private readonly states: LabelledValues;
  private readonly listeners: ((token: string) => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly trust: TrustRepository,
    private readonly defences: RoomDefenceRepository,
    private readonly incidents: IncidentsRepository,
    private readonly likenesses: LikenessRepository,
    private readonly invitations: InvitationsRepository,
    private readonly files: FilesRepository,
    private readonly directory: RoomDirectory,
    private readonly staffNames: StaffNames,
    private readonly events: EventsRepository,
    meters: Meters,
  ) {
    this.states = meters.counter({
      name: 'plaza_raids_total',
      help: 'How often rooms were made guarded, by what set it off.',
      labels: ['cause'],
    });
  }

  /** Has something done in this process when it has made a room guarded. */
  whenGuarded(listener: (token: string) => void): void {
    this.listeners.push(listener);
  }

  /** Whether posts of strangers to a room are held; a defence that only watches calls rooms guarded, and holds nothing. */
  async isGuarded(tx: Transaction, room: Room): Promise<boolean> {
    if (settingsOf(room, this.settings).defence !== 'on') return false;
    return (await this.defences.stateOf(tx, room.token)) === 'guarded';
  }

  /** Reads what is known of the authors of a group of posts. It may be asked for along with the room's lock. */
  async meet(tx: Transaction, token: string, candidates: readonly Candidate[]): Promise<DefenceFacts> {
    const strangers = candidates.filter(({ author }) => author.id === null);
    const known = this.directory.peek(token);
    const people = new Map<number, boolean>();
    for (const { author } of candidates) {
      if (author.id !== null) people.set(author.id, isRegularBySay(known?.id ?? NO_ROOM, author));
    }
    const isOff = known !== undefined && settingsOf(known, this.settings).defence === 'off';
    const [authors, room] = await Promise.all([
      this.trust.newcomers(tx, token, people),
      // Others are established, as a rule.
      strangers.length > 0 && !isOff ? this.watch(tx, token, candidates) : undefined,
    ]);
    return { authors, room };
  }

  /** Reads what the candidates are judged by. This may take another round trip when one of them is not established. */
  async observe(
    tx: Transaction,
    asked: { room: Room; candidates: readonly Candidate[] } | undefined,
    met: DefenceFacts,
  ): Promise<DefenceMoment | undefined> {
    if (!asked) return undefined;
    const { room, candidates } = asked;
    const now = this.clock.seconds();
    const watched = new Map(
      candidates.map((candidate) => [candidate, look(room.id, candidate, met.authors, now)]),
    );
    if (
      [...watched.values()].every(({ isEstablished }) => isEstablished) ||
      settingsOf(room, this.settings).defence === 'off'
    ) {
      return { room, watched, watch: undefined };
    }
    const [found, hashes] = await Promise.all([
      met.room ?? this.watch(tx, room.token, candidates),
      this.hashesOf(tx, room, watched),
    ]);
    if (!found) throw new Error('A room that is locked is not there');
    lookCloser(watched, found.namesOfStaff, hashes);
    await this.findInvitations(tx, room, watched);
    const newcomers = [...watched.values()].filter((post) => !post.isEstablished);
    const values = [...new Set(newcomers.flatMap(({ likeness }) => likeness))];
    const areStrangers = newcomers.every(({ level }) => level === 'stranger');
    if (found.defence.state === 'guarded' && areStrangers) {
      return { room, watched, watch: { ...found, server: undefined, alike: new Map() } };
    }
    const [alike, server] = await Promise.all([
      values.length > 0
        ? this.likenesses.alike(tx, room.token, values, ALIKE_WITHIN)
        : new Map<number, Set<string>>(),
      this.defences.lockServer(tx),
    ]);
    for (const common of await this.commonOf(tx, room, newcomers, alike)) alike.delete(common);
    return { room, watched, watch: { ...found, server, alike } };
  }

  /** Begins to judge posts of a group, which may be done again. */
  start({ watch }: DefenceMoment): TextWatch | undefined {
    if (!watch) return undefined;
    const { defence } = turnDay(watch.defence, dayOf(watch.now));
    return new TextWatch({ ...watch, defence });
  }

  /** Judges a post that nothing else refuses or keeps. */
  judge(moment: DefenceMoment, watch: TextWatch, candidate: Candidate): Judgement {
    const post = moment.watched.get(candidate);
    if (!post || post.isEstablished) return undefined;
    const judgement = watch.judge(post);
    return this.isOn(moment) ? judgement : undefined;
  }

  /**
   * Counts a post that a rule of staff keeps from others.
   * @param isHeld whether it waits for a moderator
   * @returns what refuses it nevertheless
   */
  judgeKept(
    moment: DefenceMoment,
    watch: TextWatch,
    candidate: Candidate,
    isHeld: boolean,
  ): ProtocolError | undefined {
    const post = moment.watched.get(candidate);
    if (!post || post.isEstablished) return undefined;
    const refusal = watch.judgeKept(post, isHeld);
    return this.isOn(moment) ? refusal : undefined;
  }

  /**
   * Writes what comes of posts that were judged, in the transaction that writes them.
   */
  async settle(
    tx: Transaction,
    moment: DefenceMoment | undefined,
    watch: TextWatch | undefined,
    settled: readonly JudgedPost<Candidate>[],
  ): Promise<DefenceSettlement> {
    if (!moment) return { marks: [], written: Promise.resolve() };
    const { room, watched } = moment;
    const incidentId = watch?.trigger
      ? await this.openIncident(tx, moment, watch.trigger)
      : (watch?.defence.incidentId ?? null);
    await this.useInvitations(tx, moment, watch, settled);
    const published = settled.filter(({ post, isPublished }) => isPublished && isCounted(watched.get(post)));
    const at = moment.watch?.now ?? this.clock.seconds();
    const written = Promise.all([
      watch && this.write(tx, moment, watch, incidentId),
      this.trust.recordPublished(
        tx,
        room.id,
        published.map(({ userId }) => ({ userId, at })),
      ),
    ]);
    // The caller may fail before it awaits this.
    written.catch(() => undefined);
    tx.afterCommit(() => {
      for (const { post, userId } of settled) {
        const known = watched.get(post);
        const name = known?.names[0];
        if (known?.level === 'staff' && name !== undefined) this.staffNames.note(userId, name);
      }
    });
    const isGuarded = watch?.isGuarded === true;
    const marks = settled.map(({ post, isPublished }) => {
      const known = watched.get(post);
      const likeness = known && known.likeness.length > 0 ? known.likeness : null;
      const isPart = isGuarded && !isPublished && known?.isEstablished === false;
      return { likeness, incidentId: isPart ? incidentId : null };
    });
    return { marks, written };
  }

  private isOn({ room }: DefenceMoment): boolean {
    return settingsOf(room, this.settings).defence === 'on';
  }

  private watch(
    tx: Transaction,
    token: string,
    candidates: readonly Candidate[],
  ): Promise<WatchedRoomNow | undefined> {
    const names = candidates.flatMap(({ content }) => nameFingerprints(content));
    return this.defences.watch(tx, token, names);
  }

  /** Notes with strangers' posts which invitations they have. Phrases are looked up only when a text has one. */
  private async findInvitations(
    tx: Transaction,
    room: Room,
    watched: ReadonlyMap<Candidate, WatchedCandidate>,
  ): Promise<void> {
    const strangers = [...watched].filter(([, { level }]) => level === 'stranger');
    const phrases = strangers.map(([{ content }, post]) => ({ post, phrases: phrasesIn(content?.body) }));
    const asked = [...new Set(phrases.flatMap(({ phrases }) => phrases))];
    if (asked.length === 0) return;
    const open = await this.invitations.open(tx, room.id, asked);
    for (const { post, phrases: own } of phrases) post.invitation = own.find((phrase) => open.has(phrase));
  }

  private async useInvitations(
    tx: Transaction,
    { room, watched }: DefenceMoment,
    watch: TextWatch | undefined,
    settled: readonly JudgedPost<Candidate>[],
  ): Promise<void> {
    const unused = new Set(watch?.invited);
    for (const { post, userId, isPublished } of settled) {
      const phrase = watched.get(post)?.invitation;
      if (!isPublished || phrase === undefined || !unused.delete(phrase)) continue;
      await this.invitations.use(tx, room.id, phrase, userId);
    }
  }

  /** The digests of files that newcomers' posts claim, by file id. */
  private async hashesOf(
    tx: Transaction,
    room: Room,
    watched: ReadonlyMap<Candidate, WatchedCandidate>,
  ): Promise<ReadonlyMap<number, Buffer>> {
    const ids = [...watched].flatMap(([{ fileIds }, post]) => (post.isEstablished ? [] : fileIds));
    return ids.length > 0 ? this.files.hashesOf(tx, room.id, ids) : new Map<number, Buffer>();
  }

  /** Writes what the posts have changed of the room's defence and of the server's. All of it is asked for at once. */
  private async write(
    tx: Transaction,
    { room, watch: before }: DefenceMoment,
    watch: TextWatch,
    incidentId: number | null,
  ): Promise<void> {
    if (!before) return;
    const { over } = turnDay(before.defence, dayOf(before.now));
    const defence = { ...watch.defence, incidentId };
    await Promise.all([
      over && this.defences.keepDay(tx, room.id, over.day, over.busiest),
      watch.defence !== before.defence && this.defences.save(tx, room.id, defence),
      watch.server && watch.server !== before.server && this.defences.saveServer(tx, watch.server),
    ]);
  }

  private async openIncident(
    tx: Transaction,
    { room, watch }: DefenceMoment,
    trigger: Trigger,
  ): Promise<number> {
    const incidentId = await this.incidents.open(tx, room.id, trigger);
    await this.events.record(tx, {
      actor: 'plaza',
      kind: 'raid.state',
      room: room.token,
      before: { state: watch?.defence.state ?? 'calm', incident: watch?.defence.incidentId ?? null },
      after: { state: 'guarded', incident: incidentId, cause: trigger.cause },
    });
    tx.afterCommit(() => {
      this.states.cell(trigger.cause).value++;
      for (const listener of this.listeners) listener(room.token);
      this.logger.warn(`Room ${room.token} is guarded now (${trigger.cause}, incident ${incidentId})`);
    });
    return incidentId;
  }

  /** Fingerprints that would have a consequence, and that established members have used, too. */
  private async commonOf(
    tx: Transaction,
    room: Room,
    newcomers: readonly WatchedPost[],
    alike: ReadonlyMap<number, ReadonlySet<string>>,
  ): Promise<number[]> {
    const suspicious = [...alike].filter(([value, people]) => {
      const more = newcomers.filter(
        ({ likeness, sessionId }) => likeness.includes(value) && !people.has(sessionId),
      );
      return people.size + more.length >= CLUSTER;
    });
    return suspicious.length === 0
      ? []
      : this.likenesses.common(
          tx,
          room.token,
          suspicious.map(([value]) => value),
        );
  }
}
