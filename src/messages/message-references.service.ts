import { Injectable } from '@nestjs/common';
import { RoomAccess } from '../moderation/access/room-access.service.js';
import {
  PublicMessagesRepository,
  type QuotedPublicMessage,
  type QuotedPlace,
} from '../records/messages/public-messages.repository.js';
import { type Caller } from '../records/users/user.js';
import { readContent } from '../protocol/session-protobuf/read-content.js';

/** People whose names, and messages that replies quote, are looked up for one page. */
const MOST_LOOKED_UP = 60;

/** The people and messages that the messages of a room refer to, as far as everyone who reads the room knows them. */
@Injectable()
export class MessageReferences {
  constructor(
    private readonly access: RoomAccess,
    private readonly messages: PublicMessagesRepository,
  ) {}

  /**
   * The names under which people wrote last in a room.
   * @param sessionIds of which the first {@link MOST_LOOKED_UP} are looked up
   * @returns display names as they were written, by Session ID; people without one are missing
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async namesOf(
    token: string,
    caller: Caller | null,
    sessionIds: readonly string[],
  ): Promise<Map<string, string>> {
    const { room } = await this.access.visit(token, caller, 'read');
    if (sessionIds.length === 0) return new Map();
    const latest = await this.messages.latestOf(room.id, sessionIds.slice(0, MOST_LOOKED_UP));
    return new Map(
      latest.flatMap(({ sessionId, data }) => {
        const name = readContent(data)?.displayName?.trim();
        return name ? [[sessionId, name] as const] : [];
      }),
    );
  }

  /**
   * The messages that replies answer. Newest clients send no more of them than their author and time.
   * @param places of which the first {@link MOST_LOOKED_UP} are looked up
   * @throws ProtocolError `room_not_found` or `permission_denied`
   */
  async quoted(
    token: string,
    caller: Caller | null,
    places: readonly QuotedPlace[],
  ): Promise<QuotedPublicMessage[]> {
    const { room } = await this.access.visit(token, caller, 'read');
    if (places.length === 0) return [];
    return this.messages.quoted(room.id, places.slice(0, MOST_LOOKED_UP));
  }
}
