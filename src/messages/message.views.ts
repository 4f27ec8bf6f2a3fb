import { pad } from '../protocol/crypto/padding.js';
import {
  type DeletionView,
  type Message,
  type MessageView,
  type ReactionsUpdateView,
  type ReactionViews,
} from '../records/messages/message.js';

/** Reactions of several messages, by message id. */
export type ReactionsById = ReadonlyMap<number, ReactionViews>;

/** A message in full, or what is left of it when it was deleted; `seqno` is the one to tell. */
export function messageView(
  message: Message,
  seqno: number,
  reactions: ReactionsById,
): MessageView | DeletionView {
  const common = {
    id: message.id,
    session_id: message.sessionId,
    posted: message.postedAt,
    ...(message.editedAt !== null && { edited: message.editedAt }),
    seqno,
    ...((message.whisperTo !== null || message.whisperMods) && {
      whisper: true as const,
      whisper_mods: message.whisperMods,
      ...(message.whisperTo !== null && { whisper_to: message.whisperTo }),
    }),
  };
  if (message.data === null || message.paddedSize === null || message.signature === null) {
    return { ...common, data: null, deleted: true };
  }
  return {
    ...common,
    data: pad(message.data, message.paddedSize).toString('base64'),
    signature: message.signature.toString('base64'),
    reactions: reactions.get(message.id) ?? {},
  };
}

/** Only a message's reactions. */
export function reactionsUpdateView(
  message: Message,
  seqno: number,
  reactions: ReactionsById,
): ReactionsUpdateView {
  return { id: message.id, seqno, reactions: reactions.get(message.id) ?? {} };
}
