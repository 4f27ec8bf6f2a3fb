import { Injectable } from '@nestjs/common';
import { counted } from '../../foundation/wording.js';
import { type Transaction } from '../../foundation/database/database.js';
import { type Actor } from '../access/actor.js';
import { RoomAccess } from '../access/room-access.service.js';
import { ForbiddenFiles } from '../forbidden/forbidden-files.service.js';
import { type Undoings } from './undoing.js';

/** Taking back what was said of files. Bytes that were removed are gone. */
@Injectable()
export class FileUndoings {
  readonly all: Undoings = {
    'file.forbid': async (tx, actor, { room, after }) => {
      await this.open(tx, actor, room);
      const hashes = after.sha256.map((hex) => Buffer.from(hex, 'hex'));
      const allowed = await this.forbidden.allow(tx, actorInRoom(actor, room), hashes);
      return `${counted(allowed.length, 'file')} can be uploaded again; what was removed does not come back`;
    },
    'file.allow': async (tx, actor, { room, before }) => {
      await this.open(tx, actor, room);
      const list = before.files.map(({ sha256, picture }) => ({
        sha256: Buffer.from(sha256, 'hex'),
        pictureHash: picture === undefined ? null : Buffer.from(picture, 'hex'),
      }));
      const added = await this.forbidden.add(tx, actorInRoom(actor, room), list);
      return `${counted(added.length, 'file')} can't be uploaded any more`;
    },
  };

  constructor(
    private readonly access: RoomAccess,
    private readonly forbidden: ForbiddenFiles,
  ) {}

  /** A moderator of the room undoes what was done there, the operator and staff of the whole server anything. */
  private async open(tx: Transaction, actor: Actor, room: string | null | undefined): Promise<void> {
    if (typeof room === 'string') await this.access.open(tx, room, actor, 'moderator');
    else await this.access.openServer(tx, actor, 'moderator');
  }
}

function actorInRoom(actor: Actor, room: string | null | undefined): { actor: Actor; room?: string } {
  return { actor, ...(typeof room === 'string' && { room }) };
}
