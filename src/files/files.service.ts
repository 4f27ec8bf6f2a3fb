import { Injectable } from '@nestjs/common';
import { Database, type Transaction } from '../foundation/database/database.js';
import { DatabaseFullError, DatabaseUnavailableError } from '../foundation/database/errors.js';
import { type RequestBody, type SpooledUpload } from '../protocol/requests/inner-request.js';
import { type StoredBytes } from '../protocol/requests/reply.js';
import { StorageUnavailableError } from '../foundation/errors/storage-unavailable-error.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { type UploadDraft } from '../moderation/gate/draft.js';
import { Gates } from '../moderation/gate/gates.service.js';
import { type Keeping } from '../moderation/gate/verdict.js';
import { type Caller } from '../records/users/user.js';
import { UsersRepository } from '../records/users/users.repository.js';
import { ForbiddenFilesRepository } from '../records/files/forbidden-files.repository.js';
import { FilesRepository, type StoredFile } from '../records/files/files.repository.js';
import { sha256Of } from './content-hash.js';
import { Disk } from './storage/disk.service.js';
import { FileStorage } from './storage/file-storage.js';
import { UploadSpool } from './storage/upload-spool.js';
import { UploadQuotas } from './upload-quotas.service.js';

/** A file to be sent: what is known of it, and its bytes. */
export interface Download {
  file: StoredFile;
  bytes: StoredBytes;
}

/** An upload whose bytes are safe, with or without a row. */
export interface StoredUpload {
  /** Bytes. */
  size: number;
  storageKey: string;
  /** The SHA-256 of its bytes. */
  sha256: Buffer;
  /** Whether a committed row refers to it. */
  isRecorded: boolean;
  draft: UploadDraft;
  /** The decision of the rules before the lock, unless they let it pass. */
  keeping: Keeping | undefined;
}

/** Uploading and downloading files (protocol 6). */
@Injectable()
export class FilesService {
  constructor(
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly forbidden: ForbiddenFilesRepository,
    private readonly files: FilesRepository,
    private readonly storage: FileStorage,
    private readonly spool: UploadSpool,
    private readonly disk: Disk,
    private readonly quotas: UploadQuotas,
    private readonly users: UsersRepository,
    private readonly gates: Gates,
  ) {}

  /**
   * Brings an upload's bytes to safety before its row exists; a crash in between leaves bytes for the sweeper.
   * @param filename as its uploader named it; null without a name
   * @throws ProtocolError `room_not_found`, `banned`, `permission_denied`, `too_large`, `storage_full`,
   *   `file_forbidden`, `upload_quota_used`, `storage_quota_used` or `too_many_requests`
   */
  async store(
    token: string,
    uploader: Caller,
    body: RequestBody,
    filename: string | null,
  ): Promise<StoredUpload> {
    // Asked before anything is written, and again where no ban or deletion of the room can come between.
    const { room } = await this.access.visit(token, uploader, 'upload');
    const content = contentOf(body);
    const size = Buffer.isBuffer(content) ? content.length : content.size;
    this.spool.checkSize(size);
    const draft: UploadDraft = { kind: 'upload', author: uploader, size, filename };
    const keeping = await this.gates.uploads.checkDraft(draft);
    await this.quotas.check({ uploader, room, size });
    // The spool has counted its bytes, and they are on the disk already.
    if (Buffer.isBuffer(content)) await this.disk.admitUpload(size);
    const sha256 = Buffer.isBuffer(content) ? await sha256Of(content) : content.sha256;
    if (await this.forbidden.has(this.database, sha256)) throw new ProtocolError('file_forbidden');
    const storageKey = await this.storage.keep(content);
    return { size, storageKey, sha256, isRecorded: false, draft, keeping };
  }

  /**
   * Records an upload that {@link store} has brought to safety. The file is kept for an hour, within which a message or
   * the room may claim it. One that a rule keeps is recorded as any other: its uploader alone can read it, and the rules
   * for texts decide about the message that shows it.
   * @returns the file's id
   * @throws ProtocolError `room_not_found`, `banned`, `permission_denied`, `file_forbidden`, `upload_quota_used`,
   *   `storage_quota_used` or `too_many_requests`
   */
  async record(tx: Transaction, token: string, upload: StoredUpload): Promise<number> {
    const { size, storageKey, sha256, draft, keeping } = upload;
    const visit = await this.access.visitToWrite(tx, token, draft.author, 'upload');
    const { room, caller } = visit;
    await this.gates.uploads.pass(tx, { place: token, visit }, { ...draft, author: caller }, keeping);
    const entered = await this.access.enter(tx, caller);
    const { id: uploaderId } = entered;
    tx.afterCommit(() => (upload.isRecorded = true));
    // One upload of a person at a time, whichever rooms they go to: so none is counted without another.
    await this.users.holdStandingsAlone(tx, [uploaderId]);
    if (await this.forbidden.hasFor(tx, sha256)) throw new ProtocolError('file_forbidden');
    const { byStranger } = await this.quotas.take(tx, { uploader: entered, room, size });
    const { filename } = draft;
    const file = { roomId: room.id, uploaderId, size, filename, storageKey, sha256, byStranger };
    return this.files.insert(tx, file);
  }

  /**
   * Runs `work`, which records the upload, and removes the upload's bytes when it did not.
   * @throws whatever `work` threw
   */
  async keepIfRecorded<T>(upload: StoredUpload, work: () => Promise<T>): Promise<T> {
    let mayBeRecorded = false;
    try {
      return await work();
    } catch (error) {
      // A commit whose answer was lost may have recorded the file: then its bytes must stay.
      mayBeRecorded = error instanceof DatabaseUnavailableError && !(error instanceof DatabaseFullError);
      throw error;
    } finally {
      if (!upload.isRecorded && !mayBeRecorded) await this.discard(upload);
    }
  }

  /** Removes bytes that no row knows. Bytes that stay because a store is away are found by the sweeper, by their age. */
  private async discard({ storageKey }: StoredUpload): Promise<void> {
    await this.storage.remove([storageKey]).catch((error: unknown) => {
      if (!(error instanceof StorageUnavailableError)) throw error;
    });
  }

  /**
   * Opens a file of a room for the caller, if they may read the message that claims it (protocol 6). The room's image is
   * for everyone who may access the room.
   * @throws ProtocolError `room_not_found`, `permission_denied` or `file_not_found`
   */
  async download(token: string, caller: Caller | null, id: number): Promise<Download> {
    const visit = await this.access.visit(token, caller, 'visible');
    const asRoomImage = visit.room.imageId === id;
    const { room, may } = this.access.admit(visit.room, caller, asRoomImage ? 'accessible' : 'read');
    const reader = { userId: caller?.id ?? null, moderator: may.moderator, asRoomImage };
    const file = await this.files.find(room.id, id, reader);
    const bytes = file && (await this.storage.open(file.storageKey));
    if (!bytes) throw new ProtocolError('file_not_found');
    return { file, bytes };
  }
}

function contentOf(body: RequestBody): Buffer | SpooledUpload {
  if (body.kind === 'spooled') return body.upload;
  if (body.kind === 'refused') throw body.refusal;
  return body.kind === 'bytes' ? body.bytes : Buffer.from(JSON.stringify(body.value));
}
