import { pad } from '../../protocol/crypto/padding.js';
import { type Room, type RoomExtras } from '../../records/rooms/room.js';
import { readContent } from '../../protocol/session-protobuf/read-content.js';
import { type ExportableMessage } from './room-export.repository.js';

/** The first line of an export. */
export function exportedRoom(room: Room, { pins, staff }: RoomExtras, serverPublicKey: string): object {
  return {
    type: 'room',
    token: room.token,
    name: room.name,
    description: room.description,
    created: room.createdAt,
    image_id: room.imageId,
    server_public_key: serverPublicKey,
    message_sequence: room.messageSequence,
    pinned_messages: pins,
    staff: staff.map(({ sessionId, admin, visible }) => ({ session_id: sessionId, admin, visible })),
  };
}

/**
 * A line of an export: the message as clients get it, so that its signature can still be checked, with its text where
 * that can be read, and with everyone who reacted and when.
 */
export function exportedMessage(message: ExportableMessage): object {
  return {
    type: 'message',
    id: message.id,
    session_id: message.sessionId,
    posted: message.postedAt,
    edited: message.editedAt,
    seqno: message.seqno,
    ...(message.state !== 'published' && { state: message.state }),
    ...((message.whisperTo !== null || message.whisperMods) && {
      whisper: true,
      whisper_mods: message.whisperMods,
      whisper_to: message.whisperTo,
    }),
    ...contentOf(message),
    reactions: Object.fromEntries(
      (message.reactions ?? []).map(({ reaction, reactors }) => [reaction, reactors]),
    ),
    files: message.files ?? [],
  };
}

function contentOf({ data, paddedSize, signature }: ExportableMessage): object {
  if (data === null || paddedSize === null || signature === null) return { deleted: true };
  const posted = pad(data, paddedSize);
  return {
    text: readContent(posted)?.body ?? null,
    data: posted.toString('base64'),
    signature: signature.toString('base64'),
  };
}
