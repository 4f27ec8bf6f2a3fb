import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { unpad } from '../crypto/padding.js';
import { Database, type Transaction } from '../database/database.js';
import { ProtocolError } from '../errors/protocol-error.js';
import { FilesRepository } from '../files/files.repository.js';
import { RoomAccess, type RoomVisit } from '../moderation/room-access.service.js';
import { RoomsRepository } from '../rooms/rooms.repository.js';
import { type User } from '../users/user.js';
import { UsersService } from '../users/users.service.js';
import { MessageChangesRepository } from './message-changes.repository.js';
import { MessageHistoryRepository } from './message-history.repository.js';
import { MessageSignatures } from './message-signature.service.js';
import { type EditBody, type PostBody } from './message.dto.js';
import { type MessageView } from './message.js';
import { MessageWriter } from './message-writer.service.js';

/** What authors write: posts and edits (protocol 6). Both hold their room's lock until they commit. */
@Injectable()
export class PostingService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly users: UsersService,
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly history: MessageHistoryRepository,
    private readonly files: FilesRepository,
    private readonly signatures: MessageSignatures,
    private readonly writer: MessageWriter,
  ) {}

  /**
   * Adds a message to a room.
   * @throws ProtocolError `too_large`, `invalid_message_signature`, `room_not_found`, `permission_denied` or
   *   `posting_too_fast`
   */
  async post(token: string, author: User, post: PostBody): Promise<MessageView> {
    this.checkContent(author, post);
    return this.database.transact(async (tx) => {
      const visit = await this.access.visitToWrite(tx, token, author, 'write');
      checkWhisper(visit, post);
      await this.checkRate(tx, visit, author);
      return this.writer.append(tx, visit.room, {
        author,
        data: post.data,
        signature: post.signature,
        whisperTo:
          post.whisper_to === undefined ? undefined : await this.users.resolveOrCreate(tx, post.whisper_to),
        whisperMods: post.whisper_mods,
        fileIds: post.files,
      });
    });
  }

  /**
   * Replaces what a message says; the same bytes again are an edit, too (protocol 10). To whom it whispers stays.
   * @throws ProtocolError `too_large`, `invalid_message_signature`, `room_not_found`, `message_not_found` or
   *   `permission_denied`
   */
  async edit(token: string, author: User, id: number, edit: EditBody): Promise<void> {
    this.checkContent(author, edit);
    await this.database.transact(async (tx) => {
      const { room } = await this.access.visitToWrite(tx, token, author, 'write');
      const message = await this.messages.findLive(tx, room.id, id);
      if (!message) throw new ProtocolError('message_not_found');
      if (message.userId !== author.id) {
        throw new ProtocolError('permission_denied', 'only its author may edit a message');
      }
      await this.history.keep(tx, [id]);
      const { content, paddedSize } = unpad(edit.data);
      const seqno = await this.rooms.takeSeqnos(tx, room.id);
      await this.messages.edit(tx, id, seqno, { data: content, paddedSize, signature: edit.signature });
      await this.files.claim(tx, {
        roomId: room.id,
        uploaderId: author.id,
        messageId: id,
        fileIds: edit.files,
      });
    });
  }

  private checkContent(author: User, { data, signature }: EditBody): void {
    if (data.length > this.settings.messageMaxBytes) {
      throw new ProtocolError('too_large', `a message may have ${this.settings.messageMaxBytes} bytes`);
    }
    this.signatures.verify(author.sessionId, data, signature);
  }

  private async checkRate(tx: Transaction, { room, may }: RoomVisit, author: User): Promise<void> {
    if (may.admin) return;
    const { postRateLimit, postRateInterval } = this.settings;
    const recent = await this.messages.countRecent(tx, room.id, author.id, postRateInterval);
    if (recent >= postRateLimit) throw new ProtocolError('posting_too_fast');
  }
}

function checkWhisper({ may }: RoomVisit, post: PostBody): void {
  if ((post.whisper_to === undefined && !post.whisper_mods) || may.moderator) return;
  throw new ProtocolError('permission_denied', "whispering takes the room's moderator permission");
}
