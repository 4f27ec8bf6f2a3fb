import { Injectable } from '@nestjs/common';
import { Database } from '../../foundation/database/database.js';
import { FileStorage } from '../../files/storage/file-storage.js';
import { Eraser } from '../../messages/publication/eraser.service.js';
import { PLAZA } from '../../moderation/access/actor.js';
import { BansService } from '../../moderation/bans.service.js';
import { GLOBAL, type Scope } from '../../moderation/scope.js';
import { FilesRepository } from '../../records/files/files.repository.js';
import { TracesRepository } from '../../records/people/traces.repository.js';
import { RoomsRepository } from '../../records/rooms/rooms.repository.js';
import { isBlinded } from '../../records/users/session-id.js';
import { UsersRepository } from '../../records/users/users.repository.js';
import { UsersService } from '../../users/users.service.js';

/** All forms of a person's ID, and their rows. */
interface PersonIds {
  sessionIds: string[];
  userIds: number[];
}

/** The outcome of an erasure. */
export interface Erasure {
  /** Rows of users. */
  people: number;
  messages: number;
  reactions: number;
  files: number;
  /** Ids of messages of others that name the person by their whole ID. They stay. */
  mentions: number[];
}

/** Gives out and erases what the server knows of a person, for the operator. */
@Injectable()
export class PersonService {
  constructor(
    private readonly database: Database,
    private readonly users: UsersService,
    private readonly standings: UsersRepository,
    private readonly traces: TracesRepository,
    private readonly rooms: RoomsRepository,
    private readonly files: FilesRepository,
    private readonly storage: FileStorage,
    private readonly eraser: Eraser,
    private readonly bans: BansService,
  ) {}

  /** Everything about a person, row by row. */
  async *export(sessionId: string): AsyncGenerator<{ table: string; row: object }> {
    const { sessionIds, userIds } = await this.find(sessionId);
    yield* this.traces.rowsAbout(userIds, sessionIds);
  }

  /**
   * Erases a person: messages and what they said before, reactions, files, direct messages, visits, roles, notes, reports and all else.
   * Each room is a transaction of its own; what was killed between goes on when it is called again. Clients that have the
   * messages are told of their deletion.
   * @param keepsBans whether the person stays banned where they are; their ID is kept for that alone
   */
  async erase(sessionId: string, keepsBans: boolean): Promise<Erasure> {
    const person = await this.find(sessionId);
    const { sessionIds, userIds } = person;
    const erasure: Erasure = { people: userIds.length, messages: 0, reactions: 0, files: 0, mentions: [] };
    await this.database.transact((tx) => this.traces.createNobody(tx));
    for (const { token } of await this.rooms.all()) {
      const { messages, reactions } = await this.eraseIn(token, person);
      erasure.messages += messages;
      erasure.reactions += reactions;
    }
    const files = await this.traces.filesOf(userIds);
    await this.database.transact((tx) =>
      this.files.disown(
        tx,
        files.map(({ id }) => id),
      ),
    );
    await this.storage.remove(files.map(({ storageKey }) => storageKey));
    erasure.files = files.length;
    const bans = keepsBans ? await this.bansOf(sessionIds) : [];
    erasure.mentions = await this.database.transact(async (tx) => {
      await this.rooms.raiseAllInfoUpdates(tx);
      await this.users.lockPeople(tx, sessionIds);
      await this.standings.lockStandings(tx, userIds);
      await this.files.delete(
        tx,
        files.map(({ id }) => id),
      );
      await this.traces.remove(tx, userIds, sessionIds);
      for (const id of sessionIds) this.users.forgetAfter(tx, id);
      return this.traces.mentions(tx, sessionIds);
    });
    for (const { sessionId: banned, scope } of bans) {
      await this.database.transact((tx) =>
        this.bans.ban(tx, PLAZA, { sessionId: banned, scope, timeout: null }),
      );
    }
    return erasure;
  }

  private async eraseIn(
    token: string,
    { sessionIds, userIds }: PersonIds,
  ): Promise<{ messages: number; reactions: number }> {
    return this.database.transact(async (tx) => {
      const room = await this.rooms.lock(tx, token);
      if (!room) return { messages: 0, reactions: 0 };
      const erased = await this.eraser.allOf(tx, room, userIds);
      await this.eraser.messagesOf(
        tx,
        room,
        await this.traces.messagesAbout(tx, room.id, userIds, sessionIds),
      );
      await this.traces.anonymize(tx, room.id, userIds);
      return erased;
    });
  }

  private async bansOf(sessionIds: readonly string[]): Promise<{ sessionId: string; scope: Scope }[]> {
    const found: { sessionId: string; scope: Scope }[] = [];
    const tokens = new Map((await this.rooms.all()).map(({ id, token }) => [id, token]));
    for (const sessionId of sessionIds) {
      const user = await this.standings.find(sessionId);
      if (!user) continue;
      if (user.banned) found.push({ sessionId, scope: GLOBAL });
      const rooms = [...user.overrides]
        .filter(([, { banned }]) => banned)
        .flatMap(([id]) => tokens.get(id) ?? []);
      if (rooms.length > 0) found.push({ sessionId, scope: { global: false, rooms } });
    }
    return found;
  }

  /** A blinded ID tells nothing of the other one, but the server may know that by itself. */
  private async find(sessionId: string): Promise<PersonIds> {
    const owned = isBlinded(sessionId) ? await this.formsOfOwner(sessionId) : undefined;
    const sessionIds = owned ?? this.users.formsOf(sessionId);
    const rows = await this.traces.rowsOf(sessionIds);
    return { sessionIds, userIds: rows.map(({ id }) => id) };
  }

  /** All forms of the known `05…` ID that a blinded one belongs to; undefined when it belongs to none of them. */
  private async formsOfOwner(blindedId: string): Promise<string[] | undefined> {
    const known = await this.traces.unblinded();
    return known.map((id) => this.users.formsOf(id)).find((forms) => forms.includes(blindedId));
  }
}
