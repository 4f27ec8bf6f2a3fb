import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../foundation/clock.js';
import { deriveServerAuthor } from '../protocol/crypto/server-signing.js';
import { type Sodium } from '../protocol/crypto/sodium.js';
import { type Transaction } from '../foundation/database/database.js';
import { ServerIdentity } from '../protocol/identity/server-identity.js';
import { SODIUM } from '../protocol/identity/sodium.provider.js';
import { type Room } from '../records/rooms/room.js';
import { writeContent } from '../protocol/session-protobuf/write-content.js';
import { type User } from '../records/users/user.js';
import { UsersService } from '../users/users.service.js';
import { type MessageView } from '../records/messages/message.js';
import { MessageWriter } from './message-writer.service.js';

/** A message that the server posts itself. */
export interface ServerPost {
  body: string;
  /** What clients show as the author's name. Each name is an author of its own, with an ID of its own. */
  displayName: string;
  /** The only user who is to see it. */
  whisperTo?: User;
}

/** Posts messages of the server's own, which clients take for any other (protocol 9). */
@Injectable()
export class ServerAuthor {
  constructor(
    private readonly clock: Clock,
    private readonly identity: ServerIdentity,
    @Inject(SODIUM) private readonly sodium: Sodium,
    private readonly users: UsersService,
    private readonly writer: MessageWriter,
  ) {}

  /** Posts into a room that the transaction has locked. */
  async post(
    tx: Transaction,
    room: Room,
    { body, displayName, whisperTo }: ServerPost,
  ): Promise<MessageView> {
    const { sessionId, secretKey } = deriveServerAuthor(this.identity.secret, displayName, this.sodium);
    const author =
      (await this.users.resolve(sessionId, tx)) ?? (await this.users.resolveOrCreate(tx, sessionId));
    const data = writeContent({ body, displayName, timestamp: this.clock.milliseconds() });
    const signature = this.sodium.ed25519Sign(data, secretKey);
    const [view] = await this.writer.append(tx, room, [
      { author, data, signature, whisperTo, whisperMods: false, fileIds: [] },
    ]);
    if (!view) throw new Error('A message of the server was not written');
    return view;
  }
}
