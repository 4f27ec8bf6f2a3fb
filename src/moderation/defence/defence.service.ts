import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../foundation/clock.js';
import { Settings } from '../../foundation/config/settings.js';
import { type Transaction } from '../../foundation/database/database.js';
import { type LabelledValues } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { IncidentsRepository } from '../../records/defence/incidents.repository.js';
import { InvitationsRepository } from '../../records/defence/invitations.repository.js';
import { LikenessRepository } from '../../records/defence/likeness.repository.js';
import { type RoomDefenceNow, type ServerDefence } from '../../records/defence/room-defence.js';
import { RoomDefenceRepository } from '../../records/defence/room-defence.repository.js';
import { isEstablished, trustIn, UNKNOWN } from '../../records/defence/trust.js';
import { type Newcomer, TrustRepository } from '../../records/defence/trust.repository.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { settingsOf } from '../../records/rooms/room-settings.js';
import { type Room } from '../../records/rooms/room.js';
import { type MessageContent } from '../../protocol/session-protobuf/read-content.js';
import { type Caller } from '../../records/users/user.js';
import { StaffNamesRepository } from '../../records/defence/staff-names.repository.js';
import { FilesRepository } from '../../records/files/files.repository.js';
import { dayOf, turnDay } from './counting.js';
import { countLinks, fingerprintsOf, nameFingerprint, textFingerprint } from './likeness.js';
import { phrasesIn } from './phrases.js';
import { posesAs } from './poses-as.js';
import { StaffNames } from './staff-names.service.js';
import { ALIKE_WITHIN, CLUSTER, type Judgement, TextWatch, type WatchedPost } from './text-watch.js';

/** A post that somebody wants to be published in a room. */
export interface Candidate {
  author: Caller;
  content: MessageContent | undefined;
  /** Files that it claims. */
  fileIds: readonly number[];
}

/** A candidate as the defence looks at it. */
interface Watched extends WatchedPost {
  isEstablished: boolean;
  /** The fingerprint of its author's name, if that is known again. */
  name: number | undefined;
}

/** Facts about a group of posts to a room, read under its lock. */
export interface DefenceMoment {
  readonly room: Room;
  readonly watched: ReadonlyMap<Candidate, Watched>;
  /** Undefined when the authors are all established, or the defence is off. */
  readonly watch: RoomWatch | undefined;
}

interface RoomWatch extends RoomDefenceNow {
  server: ServerDefence | undefined;
  alike: ReadonlyMap<number, ReadonlySet<string>>;
}

/** The marks that a message is written with. */
export interface Marks {
  likeness: readonly number[] | null;
  incidentId: number | null;
}

/** Somebody's post as it was written. */
export interface Settled<Post extends Candidate> {
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
    private readonly names: StaffNamesRepository,
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

  /** How far authors are known in a room, by user id. It may be asked for along with the room's lock. */
  async authors(tx: Transaction, token: string, authors: readonly Caller[]): Promise<Map<number, Newcomer>> {
    const ids = new Set(authors.flatMap(({ id }) => id ?? []));
    return this.trust.newcomers(tx, token, [...ids]);
  }

  /** Reads what the candidates are judged by. This takes another round trip when one of them is not established. */
  async observe(
    tx: Transaction,
    asked: { room: Room; candidates: readonly Candidate[] } | undefined,
    known: ReadonlyMap<number, Newcomer>,
  ): Promise<DefenceMoment | undefined> {
    if (!asked) return undefined;
    const { room, candidates } = asked;
    const now = this.clock.seconds();
    const watched = new Map(
      candidates.map((candidate) => [candidate, this.look(room, candidate, known, now)]),
    );
    if (
      [...watched.values()].every(({ isEstablished }) => isEstablished) ||
      settingsOf(room, this.settings).defence === 'off'
    ) {
      return { room, watched, watch: undefined };
    }
    const [found] = await Promise.all([
      this.defences.find(tx, room.token),
      this.lookCloser(tx, room, watched),
    ]);
    if (!found) throw new Error('A room that is locked is not there');
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
    return settingsOf(moment.room, this.settings).defence === 'on' ? judgement : undefined;
  }

  /**
   * Writes what comes of posts that were judged, in the transaction that writes them.
   * @returns the marks of each, in their order
   */
  async settle(
    tx: Transaction,
    moment: DefenceMoment | undefined,
    watch: TextWatch | undefined,
    settled: readonly Settled<Candidate>[],
  ): Promise<Marks[]> {
    if (!moment) return [];
    const { room, watched } = moment;
    const incidentId = watch ? await this.write(tx, moment, watch) : null;
    const published = settled.filter(({ post, isPublished }) => isPublished && isCounted(watched.get(post)));
    const at = moment.watch?.now ?? this.clock.seconds();
    await this.useInvitations(tx, moment, watch, settled);
    await this.trust.recordPublished(
      tx,
      room.id,
      published.map(({ userId }) => ({ userId, at })),
    );
    tx.afterCommit(() => {
      for (const { post, userId } of settled) {
        const known = watched.get(post);
        if (known?.level === 'staff' && known.name !== undefined) this.staffNames.note(userId, known.name);
      }
    });
    return settled.map(({ post, isPublished }) => {
      const known = watched.get(post);
      const likeness = known && known.likeness.length > 0 ? known.likeness : null;
      const isPart = !isPublished && known?.isEstablished === false;
      return { likeness, incidentId: isPart ? incidentId : null };
    });
  }

  /** Notes with strangers' posts which invitations they have. Phrases are looked up only when a text has one. */
  private async findInvitations(
    tx: Transaction,
    room: Room,
    watched: ReadonlyMap<Candidate, Watched>,
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
    settled: readonly Settled<Candidate>[],
  ): Promise<void> {
    const unused = new Set(watch?.invited);
    for (const { post, userId, isPublished } of settled) {
      const phrase = watched.get(post)?.invitation;
      if (!isPublished || phrase === undefined || !unused.delete(phrase)) continue;
      await this.invitations.use(tx, room.id, phrase, userId);
    }
  }

  /** Adds to the posts of newcomers what the database knows: whether they bear a name of staff, and what their files are. */
  private async lookCloser(tx: Transaction, room: Room, watched: Map<Candidate, Watched>): Promise<void> {
    const newcomers = [...watched].filter(([, post]) => !post.isEstablished);
    const names = newcomers.flatMap(([, { name }]) => name ?? []);
    const fileIds = newcomers.flatMap(([candidate]) => candidate.fileIds);
    const [taken, hashes] = await Promise.all([
      names.length > 0 ? this.names.among(tx, room.token, names) : new Array<number>(),
      fileIds.length > 0 ? this.files.hashesOf(tx, room.id, fileIds) : new Map<number, Buffer>(),
    ]);
    for (const [candidate, post] of newcomers) {
      const files = candidate.fileIds.flatMap((id) => hashes.get(id) ?? []);
      const isTaken = post.name !== undefined && taken.includes(post.name);
      watched.set(candidate, {
        ...post,
        posesAs: post.posesAs ?? (isTaken ? 'name' : undefined),
        ...(files.length > 0 && { likeness: fingerprintsOf(candidate.content, files) }),
      });
    }
  }

  private async write(
    tx: Transaction,
    { room, watch: before }: DefenceMoment,
    watch: TextWatch,
  ): Promise<number | null> {
    const { trigger } = watch;
    if (!before) return null;
    let { defence } = watch;
    const { over } = turnDay(before.defence, dayOf(before.now));
    if (over) await this.defences.keepDay(tx, room.id, over.day, over.busiest);
    if (trigger) {
      const incidentId = await this.incidents.open(tx, room.id, trigger);
      defence = { ...defence, incidentId };
      await this.events.record(tx, {
        actor: 'plaza',
        kind: 'raid.state',
        room: room.token,
        before: { state: before.defence.state, incident: before.defence.incidentId },
        after: { state: defence.state, incident: incidentId, cause: trigger.cause },
      });
      tx.afterCommit(() => {
        this.states.cell(trigger.cause).value++;
        for (const listener of this.listeners) listener(room.token);
        this.logger.warn(`Room ${room.token} is guarded now (${trigger.cause}, incident ${incidentId})`);
      });
    }
    if (defence !== before.defence) await this.defences.save(tx, room.id, defence);
    if (watch.server && watch.server !== before.server) await this.defences.saveServer(tx, watch.server);
    return defence.state === 'guarded' ? defence.incidentId : null;
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

  private look(
    room: Room,
    { author, content, fileIds }: Candidate,
    known: ReadonlyMap<number, Newcomer>,
    now: number,
  ): Watched {
    const newcomer = author.id === null ? undefined : known.get(author.id);
    const level = trustIn(room.id, author, newcomer ?? UNKNOWN);
    const someone = {
      sessionId: author.sessionId,
      level,
      newcomer,
      invitation: undefined,
      name: nameFingerprint(content),
    };
    if (isEstablished(level, newcomer?.record, now)) {
      const text = level === 'staff' ? undefined : textFingerprint(content);
      const likeness = text === undefined ? [] : [text];
      return { ...someone, isEstablished: true, likeness, links: 0, hasMedia: false, posesAs: undefined };
    }
    return {
      ...someone,
      isEstablished: false,
      likeness: fingerprintsOf(content),
      links: content?.body === undefined ? 0 : countLinks(content.body),
      hasMedia:
        fileIds.length > 0 ||
        (content?.attachments.length ?? 0) > 0 ||
        (content?.previews ?? []).some(({ picture }) => picture),
      posesAs: posesAs(content),
    };
  }
}

/** Whether the posts of somebody change how far they are trusted. */
function isCounted(post: Watched | undefined): boolean {
  return post !== undefined && post.level !== 'staff' && post.newcomer?.record?.regularSince == null;
}
