import { createHash } from 'node:crypto';
import {
  cutTo,
  isBlank,
  isLongerThan,
  MAX_DESCRIPTION_LENGTH,
  MAX_NAME_LENGTH,
} from '../../../rooms/room-texts.js';
import { type SourceSchema } from '../source/source-schema.js';
import {
  type AdaptedRow,
  MADE,
  ORDINAL,
  type Requirement,
  type TargetRow,
  type TableTransfer,
} from './transfer.js';
import { messageExists, messageRequirements, personExists, roomExists, userExists } from './conditions.js';

function whisperOf(schema: SourceSchema, messages: string): string {
  return schema.column('messages', messages, 'whisper', 'NULL');
}

/** Rooms with their defaults and counters; their images follow once the files are there. */
export function rooms(schema: SourceSchema): TableTransfer {
  const column = (name: string, standIn?: string): string => schema.column('rooms', 'r', name, standIn);
  return {
    source: 'rooms',
    alias: 'r',
    target: 'rooms',
    requirements: [
      {
        condition: 'length(r.token) BETWEEN 1 AND 64',
        otherwise: 'their token is empty or longer than 64 characters, so no client could reach them',
      },
    ],
    columns: [
      { name: 'id', type: 'int', from: 'r.id' },
      { name: 'token', type: 'text', from: 'r.token' },
      { name: 'name', type: 'text', from: 'r.name' },
      { name: 'description', type: 'text', from: 'r.description' },
      { name: 'created_at', type: 'float', from: column('created'), isPast: true },
      { name: 'message_sequence', type: 'int', from: column('message_sequence') },
      { name: 'info_updates', type: 'int', from: atLeastOne(column('info_updates')) },
      { name: 'active_users', type: 'int', from: column('active_users', '0') },
      { name: 'default_read', type: 'bool', from: column('read') },
      { name: 'default_accessible', type: 'bool', from: column('accessible', '1 = 1') },
      { name: 'default_write', type: 'bool', from: column('write') },
      { name: 'default_upload', type: 'bool', from: column('upload') },
    ],
    orderBy: 'r.id',
    key: 'id',
    adapt: withListableTexts,
  };
}

/** SQL: a new room counts 1, since Desktop would show nothing of one that counts 0 (protocol 7.1). */
function atLeastOne(counter: string): string {
  return `CASE WHEN ${counter} < 1 THEN 1 ELSE ${counter} END`;
}

/** Makes a room's name and description such as clients can list (protocol 10); the old server had no limits. */
function withListableTexts(row: TargetRow): AdaptedRow {
  const token = String(row.token);
  const name = String(row.name ?? '');
  const description = row.description === null ? null : String(row.description);
  const repaired: string[] = [];
  if (isBlank(name))
    repaired.push('had a blank name, which clients can not list: they are named by their token');
  if (isLongerThan(name, MAX_NAME_LENGTH)) {
    repaired.push(`had a name of more than ${MAX_NAME_LENGTH} characters: it was cut`);
  }
  if (description !== null && isLongerThan(description, MAX_DESCRIPTION_LENGTH)) {
    repaired.push(`had a description of more than ${MAX_DESCRIPTION_LENGTH} characters: it was cut`);
  }
  return {
    row: {
      ...row,
      name: isBlank(name) ? token : cutTo(name, MAX_NAME_LENGTH),
      description: description === null ? null : cutTo(description, MAX_DESCRIPTION_LENGTH),
    },
    repaired,
  };
}

/** Messages: ids, counters, times, bytes and signatures as they are. */
export function messages(schema: SourceSchema): TableTransfer {
  const column = (name: string, standIn?: string): string => schema.column('messages', 'm', name, standIn);
  const seqno = column('seqno');
  const seqnoData = column('seqno_data', seqno);
  const seqnoReactions = column('seqno_reactions', '0');
  const latest = `CASE WHEN ${seqnoData} > ${seqnoReactions} THEN ${seqnoData} ELSE ${seqnoReactions} END`;
  const isAlive = 'm.data IS NOT NULL AND m.signature IS NOT NULL';
  const size = `length(${schema.bytes('m.data')})`;
  return {
    source: 'messages',
    alias: 'm',
    target: 'messages',
    requirements: messageRequirements('m', whisperOf(schema, 'm')),
    repairs: [
      {
        condition: 'm.data IS NOT NULL AND m.signature IS NULL',
        what: 'had no signature, so no client could show them: kept as deleted ones',
      },
      {
        condition: `${seqno} <> ${latest}`,
        what: 'had counters that contradict each other: the highest counts',
      },
    ],
    columns: [
      { name: 'id', type: 'int', from: 'm.id' },
      { name: 'room_id', type: 'int', from: 'm.room' },
      { name: 'user_id', type: 'int', from: 'm."user"' },
      { name: 'posted_at', type: 'float', from: 'm.posted', isPast: true },
      { name: 'edited_at', type: 'float', from: 'm.edited', isPast: true },
      { name: 'seqno', type: 'int', from: `CASE WHEN ${seqno} > ${latest} THEN ${seqno} ELSE ${latest} END` },
      {
        name: 'seqno_data',
        type: 'int',
        from: `CASE WHEN ${seqno} > ${latest} THEN ${seqno} ELSE ${seqnoData} END`,
      },
      { name: 'seqno_reactions', type: 'int', from: seqnoReactions },
      { name: 'seqno_creation', type: 'int', from: column('seqno_creation', '0') },
      { name: 'data', type: 'bytes', from: `CASE WHEN ${isAlive} THEN m.data END` },
      {
        name: 'padded_size',
        type: 'int',
        from: `CASE WHEN ${isAlive} THEN CASE WHEN m.data_size > ${size} THEN m.data_size ELSE ${size} END END`,
      },
      { name: 'signature', type: 'bytes', from: `CASE WHEN ${isAlive} THEN m.signature END` },
      // pysogs showed these to nobody, not even to their authors, who took them for lost.
      {
        name: 'state',
        type: 'text',
        from: `CASE WHEN ${column('filtered', '1 = 0')} THEN 'unseen' ELSE 'published' END`,
      },
      { name: 'whisper_to', type: 'int', from: whisperOf(schema, 'm') },
      { name: 'whisper_mods', type: 'bool', from: column('whisper_mods', '1 = 0') },
    ],
    orderBy: 'm.id',
    key: 'id',
  };
}

function needsMessage(schema: SourceSchema, column: string): Requirement {
  return {
    condition: messageExists(column, whisperOf(schema, 'kept')),
    otherwise: 'their message does not exist or is left out',
  };
}

/** The texts of messages before an edit or their deletion. */
export function messageHistory(schema: SourceSchema): TableTransfer {
  // PostgreSQL turned the bytes into text on their way into this column.
  const data =
    schema.dialect === 'sqlite'
      ? 'h.data'
      : `CASE WHEN h.data ~ '^\\\\x([0-9a-f]{2})*$' THEN decode(substr(h.data, 3), 'hex')
          ELSE convert_to(h.data, 'UTF8') END`;
  return {
    source: 'message_history',
    alias: 'h',
    target: 'message_history',
    requirements: [needsMessage(schema, 'h.message')],
    columns: [
      { name: 'id', type: 'int', from: ORDINAL },
      { name: 'message_id', type: 'int', from: 'h.message' },
      { name: 'replaced_at', type: 'float', from: 'h.replaced', isPast: true },
      { name: 'data', type: 'bytes', from: data },
      { name: 'signature', type: 'bytes', from: 'h.signature' },
    ],
    orderBy: 'h.replaced, h.message, h.signature',
    key: 'id',
  };
}

export function pins(schema: SourceSchema): TableTransfer {
  return {
    source: 'pinned_messages',
    alias: 'p',
    target: 'pinned_messages',
    requirements: [
      { condition: roomExists('p.room'), otherwise: 'their room does not exist' },
      needsMessage(schema, 'p.message'),
      { condition: userExists('p.pinned_by'), otherwise: 'who pinned them does not exist' },
    ],
    columns: [
      { name: 'room_id', type: 'int', from: 'p.room' },
      { name: 'message_id', type: 'int', from: 'p.message' },
      { name: 'pinned_by', type: 'int', from: 'p.pinned_by' },
      { name: 'pinned_at', type: 'float', from: 'p.pinned_at', isPast: true },
    ],
    orderBy: 'p.room, p.message',
    key: 'room_id, message_id',
  };
}

/** The kinds of reactions to each message, whose ids are in the order of their first use. */
export function reactions(schema: SourceSchema): TableTransfer {
  return {
    source: 'reactions',
    alias: 'e',
    target: 'reactions',
    requirements: [
      needsMessage(schema, 'e.message'),
      {
        condition: `EXISTS (SELECT 1 FROM user_reactions used
          WHERE used.reaction = e.id AND ${personExists('used."user"')})`,
        otherwise: 'nobody reacts with them any more',
      },
    ],
    columns: [
      { name: 'id', type: 'int', from: 'e.id' },
      { name: 'message_id', type: 'int', from: 'e.message' },
      { name: 'reaction', type: 'text', from: 'e.reaction' },
    ],
    orderBy: 'e.id',
    key: 'id',
  };
}

export function userReactions(schema: SourceSchema): TableTransfer {
  const message = messageExists('e.message', whisperOf(schema, 'kept'));
  return {
    source: 'user_reactions',
    alias: 'a',
    target: 'user_reactions',
    requirements: [
      {
        condition: `EXISTS (SELECT 1 FROM reactions e WHERE e.id = a.reaction AND ${message})`,
        otherwise: 'their message does not exist or is left out',
      },
      { condition: personExists('a."user"'), otherwise: 'their user does not exist' },
    ],
    columns: [
      { name: 'reaction_id', type: 'int', from: 'a.reaction' },
      { name: 'user_id', type: 'int', from: 'a."user"' },
      { name: 'reacted_at', type: 'float', from: 'a.at', isPast: true },
    ],
    orderBy: 'a.reaction, a."user"',
    key: 'reaction_id, user_id',
  };
}

/** Facts about the bytes of the source's files, by id. */
export interface FileBytes {
  /** Where our storage has them. */
  keyOf(id: number): string;
  /** How many there are; `recorded` is what the source's table says. Undefined when there are none. */
  sizeOf(id: number, recorded: number): number | undefined;
}

/**
 * The key of an imported file's bytes. It follows from the file's id, so that an import that was killed finds, and
 * does not double, what it had copied.
 */
export function importedStorageKey(serverPublicKey: Buffer, fileId: number): string {
  return createHash('sha256').update(serverPublicKey).update(`file ${fileId}`).digest('hex').slice(0, 32);
}

export const FILE_REQUIREMENTS: readonly Requirement[] = [
  {
    condition: `f.room IS NOT NULL AND ${roomExists('f.room')}`,
    otherwise: 'their room does not exist any more',
  },
];

/** Uploads and room images. */
export function files(schema: SourceSchema, bytes: FileBytes): TableTransfer {
  const message = schema.column('files', 'f', 'message', 'NULL');
  return {
    source: 'files',
    alias: 'f',
    target: 'files',
    requirements: FILE_REQUIREMENTS,
    repairs: [
      {
        condition: `f.uploader IS NOT NULL AND NOT ${personExists('f.uploader')}`,
        what: 'were uploaded by someone who does not exist: kept without uploader',
      },
    ],
    columns: [
      { name: 'id', type: 'int', from: 'f.id' },
      { name: 'room_id', type: 'int', from: 'f.room' },
      {
        name: 'uploader_id',
        type: 'int',
        from: `CASE WHEN ${personExists('f.uploader')} THEN f.uploader END`,
      },
      {
        name: 'message_id',
        type: 'int',
        from: `CASE WHEN ${messageExists(message, whisperOf(schema, 'kept'))} THEN ${message} END`,
      },
      { name: 'size', type: 'int', from: 'f.size' },
      { name: 'uploaded_at', type: 'float', from: 'f.uploaded', isPast: true },
      { name: 'expires_at', type: 'float', from: 'f.expiry' },
      { name: 'filename', type: 'text', from: 'f.filename' },
      { name: 'storage_key', type: 'text', from: MADE },
    ],
    orderBy: 'f.id',
    key: 'id',
    adapt: (row) => {
      const id = Number(row.id);
      const size = bytes.sizeOf(id, Number(row.size));
      if (size === undefined) return { leftOut: 'their bytes are missing' };
      return { row: { ...row, size, storage_key: bytes.keyOf(id) } };
    },
  };
}
