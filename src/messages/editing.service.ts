import { Injectable } from '@nestjs/common';
import { Settings } from '../foundation/config/settings.js';
import { unpad } from '../protocol/crypto/padding.js';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { FilesRepository } from '../records/files/files.repository.js';
import { WriteRates } from '../foundation/limits/write-rates.service.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { RoomsRepository } from '../records/rooms/rooms.repository.js';
import { readContent } from '../protocol/session-protobuf/read-content.js';
import { type Caller } from '../records/users/user.js';
import { claimedFiles } from './claimed-files.js';
import { MessageChangesRepository } from '../records/messages/message-changes.repository.js';
import { Rules } from './rules/rules.service.js';
import { MessageHistoryRepository } from '../records/messages/message-history.repository.js';
import { type EditBody } from './message.dto.js';

/** A message and what it shall say. */
export interface Edit extends EditBody {
  /** Of the message. */
  id: number;
}

/** Editing (protocol 6). An edit holds its room's lock until it commits. */
@Injectable()
export class EditingService {
  constructor(
    private readonly settings: Settings,
    private readonly access: RoomAccess,
    private readonly rooms: RoomsRepository,
    private readonly messages: MessageChangesRepository,
    private readonly history: MessageHistoryRepository,
    private readonly files: FilesRepository,
    private readonly rules: Rules,
    private readonly rates: WriteRates,
  ) {}

  /**
   * Checks what an edit would say. This costs a signature, so it happens before the transaction begins.
   * @throws ProtocolError `too_large` or `invalid_message_signature`
   */
  check(author: Caller, { data, signature }: EditBody): void {
    this.rules.checkDraft({
      kind: 'edit',
      author,
      data,
      signature,
      content: readContent(data),
      isWhisper: false,
    });
  }

  /**
   * Replaces what a message says with what {@link check} has let pass; the same bytes again are an edit, too (protocol
   * 10). To whom it whispers stays. Somebody who may not see the message is told that there is none.
   * @throws ProtocolError `room_not_found`, `message_not_found`, `permission_denied` or `changing_too_fast`
   */
  async edit(tx: Transaction, token: string, author: Caller, { id, ...edit }: Edit): Promise<void> {
    const fileIds = claimedFiles(edit.files, readContent(edit.data));
    const { room, may, caller } = await this.access.visitToWrite(tx, token, author, 'write');
    const reader = { userId: caller.id, moderator: may.moderator };
    const message = await this.messages.findLive(tx, room.id, reader, id);
    if (!message) throw new ProtocolError('message_not_found');
    if (caller.id === null || message.userId !== caller.id) {
      throw new ProtocolError('permission_denied', 'only its author may edit a message');
    }
    if (!may.admin) this.rates.admitEdit(room.id, caller.sessionId);
    await this.history.keep(tx, [id]);
    await this.history.thin(tx, id, this.settings.maxEditsKept);
    const { content, paddedSize } = unpad(edit.data);
    const seqno = await this.rooms.takeSeqnos(tx, room.id);
    await this.messages.edit(tx, id, seqno, { data: content, paddedSize, signature: edit.signature });
    await this.files.claim(
      tx,
      room.id,
      fileIds.map((fileId) => ({ fileId, uploaderId: message.userId, messageId: id })),
    );
  }
}
