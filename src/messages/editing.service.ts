import { Injectable } from '@nestjs/common';
import { unpad } from '../protocol/crypto/padding.js';
import { type Transaction } from '../foundation/database/database.js';
import { ProtocolError } from '../foundation/errors/protocol-error.js';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import { type TextDraft } from '../moderation/gate/draft.js';
import { Gates } from '../moderation/gate/gates.service.js';
import { type Keeping } from '../moderation/gate/verdict.js';
import { readContent } from '../protocol/session-protobuf/read-content.js';
import { type Caller } from '../records/users/user.js';
import { claimedFiles } from './claimed-files.js';
import {
  MessageChangesRepository,
  type SignedContent,
} from '../records/messages/message-changes.repository.js';
import { isCommand } from './command-desk.service.js';
import { EditWriter } from './edit-writer.service.js';
import { HeldEdits } from './held-edits.service.js';
import { type EditBody } from './message.dto.js';
import { ServerAuthor } from './writing/server-author.service.js';

/** The new text of a message, which the rules before the lock have let pass. */
export interface CheckedEdit {
  draft: TextDraft;
  /** The decision of those rules, unless they let it pass. */
  keeping: Keeping | undefined;
}

/** Editing (protocol 6). An edit holds its room's lock until it commits. */
@Injectable()
export class EditingService {
  constructor(
    private readonly access: RoomAccess,
    private readonly messages: MessageChangesRepository,
    private readonly writer: EditWriter,
    private readonly heldEdits: HeldEdits,
    private readonly gates: Gates,
    private readonly server: ServerAuthor,
  ) {}

  /**
   * Checks what an edit would say. This costs a signature, so it happens before the transaction begins.
   * @throws ProtocolError `too_large` or `invalid_message_signature`
   */
  async prepare(author: Caller, { data, signature, files }: EditBody): Promise<CheckedEdit> {
    const content = readContent(data);
    const fileIds = claimedFiles(files, content);
    const draft: TextDraft = { kind: 'edit', author, data, signature, content, isWhisper: false, fileIds };
    const keeping = await this.gates.texts.checkDraft(draft);
    return { draft, keeping };
  }

  /**
   * Replaces what a message says with what {@link prepare} has let pass; the same bytes again are an edit, too (protocol
   * 10). To whom it whispers stays. Somebody who may not see the message is told that there is none. An edit that a rule
   * keeps succeeds and leaves the message as it is, unless its author is the only one who sees it anyway. One that is held
   * waits for a moderator.
   * @param id of the message
   * @throws ProtocolError `room_not_found`, `message_not_found`, `permission_denied`, `changing_too_fast`, or
   *   `malformed_request` for a command of staff
   */
  async edit(tx: Transaction, token: string, id: number, edit: CheckedEdit): Promise<void> {
    const { draft } = edit;
    const visit = await this.access.visitToWrite(tx, token, draft.author, 'write');
    const { room, may, caller } = visit;
    const reader = { userId: caller.id, moderator: may.moderator };
    const message = await this.messages.findLive(tx, room.id, reader, id);
    if (!message) throw new ProtocolError('message_not_found');
    if (caller.id === null || message.userId !== caller.id) {
      throw new ProtocolError('permission_denied', 'only its author may edit a message');
    }
    if (may.moderator && isCommand(draft.content)) {
      throw new ProtocolError('malformed_request', 'a command is posted: no message becomes one by an edit');
    }
    const asked = { ...draft, author: caller };
    const content = signedContent(draft);
    const keeping = await this.gates.texts.pass(tx, { place: token, visit }, asked, edit.keeping);
    if (keeping && message.state === 'published') {
      const { state, whisper, ruleId, reason } = keeping.verdict;
      if (state === 'held') await this.heldEdits.hold(tx, id, content, { reason: reason ?? 'edit', ruleId });
      if (whisper !== undefined) await this.server.postWhispers(tx, room, [{ to: caller, text: whisper }]);
      return;
    }
    await this.writer.replace(tx, room, { messageId: id, userId: message.userId, ...content }, draft.fileIds);
  }
}

function signedContent({ data, signature }: TextDraft): SignedContent {
  const { content, paddedSize } = unpad(data);
  return { data: content, paddedSize, signature };
}
