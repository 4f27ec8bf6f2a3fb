import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { type TextDraft } from './draft.js';
import { type Check, type RoomRule } from './rule.js';

/** Only moderators may whisper (protocol 6). */
export class WhisperRights implements RoomRule<TextDraft> {
  readonly name = 'whisper rights';

  read(): Promise<() => Check<TextDraft>> {
    return Promise.resolve(
      () =>
        ({ isWhisper }, { may }) =>
          isWhisper && !may.moderator
            ? new ProtocolError('permission_denied', "whispering takes the room's moderator permission")
            : undefined,
    );
  }
}
