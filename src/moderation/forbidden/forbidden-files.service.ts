import { Injectable } from '@nestjs/common';
import { Database, type Transact, type Transaction } from '../../foundation/database/database.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { FileEraser } from '../../messages/publication/file-eraser.service.js';
import { EventsRepository } from '../../records/events/events.repository.js';
import { ForbiddenFilesRepository } from '../../records/files/forbidden-files.repository.js';
import { type ListedFile } from '../../records/files/forbidden-list.js';
import { LookedAtFilesRepository } from '../../records/files/looked-at-files.repository.js';
import { type Actor, actorName } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { FileExaminer } from './file-examiner.service.js';

/** Copies that one round of removals takes: it holds each room for some tens of milliseconds. */
const AT_ONCE = 200;
/** Entries of a list that one transaction takes. */
const LISTED_AT_ONCE = 5_000;

/** Somebody who forbids files or allows them again. */
export interface ForbiddingActor {
  actor: Actor;
  /** The token of the room where it is done; left out for the whole server. */
  room?: string;
}

/** The outcome of forbidding files. */
export interface ForbidReport {
  /** SHA-256 in hex of those that were not forbidden before. */
  forbidden: string[];
  /** Copies that were removed, wherever they were. */
  files: number;
  /** Messages that showed them. */
  messages: number;
}

/**
 * Files that nobody may upload again. The list is changed first, so no further copy comes in, and then all copies are removed, some
 * in each transaction: what was killed between goes on when it is called again, and a job removes what is left.
 */
@Injectable()
export class ForbiddenFiles {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly forbidden: ForbiddenFilesRepository,
    private readonly files: LookedAtFilesRepository,
    private readonly examiner: FileExaminer,
    private readonly eraser: FileEraser,
    private readonly events: EventsRepository,
  ) {}

  /**
   * Ids of the files that a message shows, for a moderator of its room.
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async ofMessage(actor: Actor, token: string, messageId: number): Promise<number[]> {
    const room = await this.access.look(token, actor, 'moderator');
    return this.files.ofMessage(this.database, room.id, messageId);
  }

  /**
   * Forbids files that are here, and removes all copies with the messages that show them. The caller has asked whether the actor
   * may.
   * @throws ProtocolError `file_not_found`
   */
  async forbid(
    by: ForbiddingActor,
    ids: readonly number[],
    part: Transact = this.alone,
  ): Promise<ForbidReport> {
    const found = await this.files.byIds(ids);
    if (found.length < new Set(ids).size) throw new ProtocolError('file_not_found');
    return this.forbidListed(by, await this.examiner.examine(found), part);
  }

  /** Forbids files by their hashes, and removes all copies with the messages that show them. */
  async forbidListed(
    by: ForbiddingActor,
    list: readonly ListedFile[],
    part: Transact = this.alone,
  ): Promise<ForbidReport> {
    const forbidden: string[] = [];
    for (let start = 0; start < list.length; start += LISTED_AT_ONCE) {
      const some = uniqueOf(list.slice(start, start + LISTED_AT_ONCE));
      forbidden.push(...(await part((tx) => this.add(tx, by, some))));
    }
    return { forbidden, ...(await this.removeCopies(by.actor, part)) };
  }

  /**
   * Allows files again.
   * @param hashes SHA-256
   * @returns in hex, those that were forbidden
   */
  async allow(
    tx: Transaction,
    { actor, room }: ForbiddingActor,
    hashes: readonly Buffer[],
  ): Promise<string[]> {
    const removed = await this.forbidden.remove(tx, hashes);
    if (removed.length === 0) return [];
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'file.allow',
      ...(room !== undefined && { room }),
      before: {
        files: removed.map(({ sha256, pictureHash }) => ({
          sha256: sha256.toString('hex'),
          ...(pictureHash && { picture: pictureHash.toString('hex') }),
        })),
      },
    });
    return removed.map(({ sha256 }) => sha256.toString('hex'));
  }

  /** Adds files to the list. @returns SHA-256 in hex of those that were not on it */
  async add(
    tx: Transaction,
    { actor, room }: ForbiddingActor,
    list: readonly ListedFile[],
  ): Promise<string[]> {
    const added = (await this.forbidden.add(tx, list)).map((hash) => hash.toString('hex'));
    if (added.length === 0) return [];
    await this.events.record(tx, {
      actor: actorName(actor),
      kind: 'file.forbid',
      ...(room !== undefined && { room }),
      after: { sha256: added },
    });
    return added;
  }

  /** Removes every copy of a forbidden file that is here, with the messages that show it. */
  async removeCopies(
    actor: Actor,
    part: Transact = this.alone,
  ): Promise<Pick<ForbidReport, 'files' | 'messages'>> {
    const total = { files: 0, messages: 0 };
    for (;;) {
      const copies = await this.forbidden.copies(AT_ONCE);
      if (copies.length === 0) return total;
      for (const roomId of new Set(copies.map(({ roomId }) => roomId))) {
        const ids = copies.filter((copy) => copy.roomId === roomId).map(({ id }) => id);
        const erased = await part((tx) => this.eraser.erase(tx, actorName(actor), roomId, ids));
        await this.eraser.removeBytes(erased.storageKeys);
        total.files += erased.storageKeys.length;
        total.messages += erased.messages;
      }
    }
  }

  private readonly alone: Transact = (work) => this.database.transact(work);
}

/** The first entry of each SHA-256: one statement can't write a row twice. */
function uniqueOf(list: readonly ListedFile[]): ListedFile[] {
  return [...new Map(list.map((file) => [file.sha256.toString('hex'), file])).values()];
}
