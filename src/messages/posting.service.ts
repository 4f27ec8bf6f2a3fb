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
import { MessageSignatures } from './message-signature.service.js';
import { type PostBody } from './message.dto.js';
import { type MessageView } from './message.js';
import { MessagesRepository } from './messages.repository.js';

/**
 * Posting (protocol 6). A post holds its room's lock from before it takes a seqno until it commits, so seqnos become
 * visible in order and a poller can't miss one.
 */
@Injectable()
export class PostingService {
  constructor(
    private readonly settings: Settings,
    private readonly database: Database,
    private readonly access: RoomAccess,
    private readonly users: UsersService,
    private readonly rooms: RoomsRepository,
    private readonly messages: MessagesRepository,
    private readonly files: FilesRepository,
    private readonly signatures: MessageSignatures,
  ) {}

  /**
   * Adds a message to a room.
   * @throws ProtocolError `too_large`, `invalid_message_signature`, `room_not_found`, `permission_denied` or
   *   `posting_too_fast`
   */
  async post(token: string, author: User, post: PostBody): Promise<MessageView> {
    this.checkContent(author, post);
    return this.database.transact(async (tx) => {
      const { room, may } = await this.access.visitToWrite(tx, token, author, 'write');
      await this.checkRate(tx, { room, may }, author);
      const whisperTo = await this.whisperTarget(tx, { room, may }, post);
      const seqno = room.messageSequence + 1;
      const { content, paddedSize } = unpad(post.data);
      const { id, postedAt } = await this.messages.insert(tx, {
        roomId: room.id,
        userId: author.id,
        seqno,
        data: content,
        paddedSize,
        signature: post.signature,
        whisperTo: whisperTo?.id ?? null,
        whisperMods: post.whisper_mods,
      });
      await this.files.claim(tx, {
        roomId: room.id,
        uploaderId: author.id,
        messageId: id,
        fileIds: post.files,
      });
      await this.rooms.setMessageSequence(tx, room.id, seqno);
      return {
        id,
        session_id: author.sessionId,
        posted: postedAt,
        seqno,
        data: post.data.toString('base64'),
        signature: post.signature.toString('base64'),
        reactions: {},
        ...((whisperTo ?? post.whisper_mods) && { whisper: true, whisper_mods: post.whisper_mods }),
        ...(whisperTo && { whisper_to: whisperTo.sessionId }),
      };
    });
  }

  private checkContent(author: User, { data, signature }: Pick<PostBody, 'data' | 'signature'>): void {
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

  private async whisperTarget(
    tx: Transaction,
    { may }: RoomVisit,
    post: PostBody,
  ): Promise<User | undefined> {
    if (post.whisper_to === undefined && !post.whisper_mods) return undefined;
    if (!may.moderator) {
      throw new ProtocolError('permission_denied', "whispering takes the room's moderator permission");
    }
    return post.whisper_to === undefined ? undefined : this.users.resolveOrCreate(tx, post.whisper_to);
  }
}
