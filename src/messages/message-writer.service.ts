import { Injectable } from '@nestjs/common';
import { unpad } from '../crypto/padding.js';
import { type Transaction } from '../database/database.js';
import { FilesRepository } from '../files/files.repository.js';
import { type Room } from '../rooms/room.js';
import { RoomsRepository } from '../rooms/rooms.repository.js';
import { type User } from '../users/user.js';
import { MessageChangesRepository } from './message-changes.repository.js';
import { type MessageView } from './message.js';

/** A message whose signature has been checked or made. */
export interface Post {
  author: User;
  /** With its padding. */
  data: Buffer;
  /** 64 raw bytes. */
  signature: Buffer;
  whisperTo: User | undefined;
  whisperMods: boolean;
  /** Uploads of the author that this message shows. */
  fileIds: readonly number[];
}

/**
 * The one way in which messages come into a room, a user's as well as the server's own. It takes the seqno under the
 * room's lock, which the transaction keeps until it commits: so seqnos become visible in order.
 */
@Injectable()
export class MessageWriter {
  constructor(
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly files: FilesRepository,
  ) {}

  /** Adds a message to a room, and returns it as its author sees it. */
  async append(tx: Transaction, room: Room, post: Post): Promise<MessageView> {
    const { author, whisperTo, whisperMods, fileIds } = post;
    const { content, paddedSize } = unpad(post.data);
    const seqno = await this.rooms.takeSeqnos(tx, room.id);
    const { id, postedAt } = await this.messages.insert(tx, {
      roomId: room.id,
      userId: author.id,
      seqno,
      data: content,
      paddedSize,
      signature: post.signature,
      whisperTo: whisperTo?.id ?? null,
      whisperMods,
    });
    await this.files.claim(tx, { roomId: room.id, uploaderId: author.id, messageId: id, fileIds });
    return {
      id,
      session_id: author.sessionId,
      posted: postedAt,
      seqno,
      data: post.data.toString('base64'),
      signature: post.signature.toString('base64'),
      reactions: {},
      ...((whisperTo ?? whisperMods) && { whisper: true, whisper_mods: whisperMods }),
      ...(whisperTo && { whisper_to: whisperTo.sessionId }),
    };
  }
}
