import { Injectable } from '@nestjs/common';
import * as z from 'zod';
import { column, type Columns } from '../../foundation/database/columns.js';
import { Database } from '../../foundation/database/database.js';
import { type Message } from '../../records/messages/message.js';
import { MESSAGE_STATES, type MessageState } from '../../records/messages/message-state.js';

/** A file of a message. Times in unix seconds. */
const exportedFileSchema = z.object({
  id: z.int(),
  filename: z.string().nullable(),
  /** Bytes. */
  size: z.int(),
  uploaded: z.number(),
});

export type ExportedFile = z.output<typeof exportedFileSchema>;

/** A reaction, and its givers: Session IDs and unix seconds. */
const exportedReactionSchema = z.object({
  reaction: z.string(),
  reactors: z.array(z.tuple([z.string(), z.number()])),
});

/** A message with everything that hangs on it. */
export interface ExportableMessage extends Omit<
  Message,
  'seqnoData' | 'seqnoReactions' | 'isHeld' | 'isUnreadCard'
> {
  state: MessageState;
  /** In first-use order; null when there are none. */
  reactions: z.output<typeof exportedReactionSchema>[] | null;
  files: ExportedFile[] | null;
}

const EXPORTABLE_MESSAGE_COLUMNS: Columns<ExportableMessage> = {
  state: column.oneOf(MESSAGE_STATES),
  reactions: column.json(z.array(exportedReactionSchema)).orNull,
  files: column.json(z.array(exportedFileSchema)).orNull,
  id: column.number,
  data: column.bytes.orNull,
  paddedSize: column.number.orNull,
  signature: column.bytes.orNull,
  whisperTo: column.text.orNull,
  whisperMods: column.boolean,
  seqno: column.number,
  postedAt: column.number,
  sessionId: column.text,
  editedAt: column.number.orNull,
};

/** Reads a whole room, whoever may see what of it. */
@Injectable()
export class RoomExportRepository {
  constructor(private readonly database: Database) {}

  /** The messages after an id, oldest first: deleted ones and whispers included, withdrawn ones with what they said. */
  messagesAfter(roomId: number, id: number, limit: number): Promise<ExportableMessage[]> {
    return this.database.rows(
      EXPORTABLE_MESSAGE_COLUMNS,
      `SELECT m.id, author.session_id AS "sessionId", m.posted_at AS "postedAt", m.edited_at AS "editedAt", m.seqno,
         coalesce(m.data, withdrawn.data) AS data, coalesce(m.padded_size, withdrawn.padded_size) AS "paddedSize",
         coalesce(m.signature, withdrawn.signature) AS signature, m.state,
         target.session_id AS "whisperTo", m.whisper_mods AS "whisperMods",
         (SELECT json_agg(json_build_object('reaction', r.reaction, 'reactors',
              (SELECT json_agg(json_build_array(u.session_id, a.reacted_at) ORDER BY a.reacted_at, a.user_id)
               FROM user_reactions a JOIN users u ON u.id = a.user_id WHERE a.reaction_id = r.id)) ORDER BY r.id)
          FROM reactions r WHERE r.message_id = m.id) AS reactions,
         (SELECT json_agg(json_build_object('id', f.id, 'filename', f.filename, 'size', f.size,
              'uploaded', f.uploaded_at) ORDER BY f.id)
          FROM files f WHERE f.message_id = m.id) AS files
       FROM messages m
         JOIN users author ON author.id = m.user_id
         LEFT JOIN users target ON target.id = m.whisper_to
         LEFT JOIN LATERAL (
           SELECT h.data, h.padded_size, h.signature FROM message_history h
           WHERE m.state = 'withdrawn' AND h.message_id = m.id ORDER BY h.id DESC LIMIT 1
         ) AS withdrawn ON true
       WHERE m.room_id = $1 AND m.id > $2
       ORDER BY m.id LIMIT $3`,
      [roomId, id, limit],
    );
  }
}
