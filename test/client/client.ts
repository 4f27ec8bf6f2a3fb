import { encodeMessage, type MessageContent } from './message.js';
import { SessionRequester, type RequestOptions } from './requester.js';
import { type SessionResponse } from './response.js';
import {
  type BatchReply,
  type DirectMessage,
  type InfoUpdates,
  type MessageRow,
  type MessageUpdate,
  type PermissionChanges,
  type PollInfo,
  type Role,
  type RoomChanges,
  type RoomDetails,
  type Scope,
} from './types.js';

type Answer<Body> = Promise<SessionResponse<Body>>;

/** Query parameters; undefined ones are left out, the others sent as written. */
export type Query = Record<string, string | number | undefined>;

/** A post's or edit's particulars beside its text. */
export interface PostOptions extends Omit<MessageContent, 'body'> {
  /** Message data as it stands, instead of an encoded text. */
  data?: Uint8Array;
  /** Base64; the sender's own signature over the data by default. */
  signature?: string;
  /** Ids of uploaded files, as numbers or, like Android, as strings. */
  files?: (number | string)[];
  whisperTo?: string;
  whisperMods?: boolean;
}

/** The seqno and ids up to which a client has polled a room and its inbox. */
export interface PollPosition {
  room: string;
  infoUpdates: number;
  seqno: number;
  inbox?: number;
  outbox?: number;
}

/**
 * A Session client that talks to one server as one user.
 *
 *     const alice = new SessionClient({ serverUrl, serverPublicKey, identity: new Identity() });
 *     const post = (await alice.postMessage('lobby', 'hello')).expect(201).json;
 *     const updates = (await alice.messagesSince('lobby', 0)).json;
 *     expect((await alice.get('/room/nowhere')).status).toBe(404);
 *     expect((await alice.get('/rooms', { headers: { 'X-SOGS-Nonce': null } })).status).toBe(400);
 *
 * Every method answers with a `SessionResponse`, whatever the status; `json` throws when there is no JSON.
 */
export class SessionClient extends SessionRequester {
  /** The ID that this server knows the user by: `15…`, or `05…` for a client without blinding. */
  get id(): string {
    if (!this.identity || !this.signer) throw new Error('an anonymous client has no ID');
    return this.signer.id.startsWith('15') ? this.signer.id : this.identity.sessionId;
  }

  /** The user's ordinary `05…` ID. */
  get sessionId(): string {
    if (!this.identity) throw new Error('an anonymous client has no Session ID');
    return this.identity.sessionId;
  }

  capabilities(required?: string[]): Answer<{ capabilities: string[]; missing?: string[] }> {
    return this.read(`/capabilities${queryString({ required: required?.join(',') })}`);
  }

  rooms(): Answer<RoomDetails[]> {
    return this.read('/rooms');
  }

  room(room: string): Answer<RoomDetails> {
    return this.read(`/room/${room}`);
  }

  updateRoom(room: string, changes: RoomChanges): Answer<InfoUpdates> {
    return this.write('PUT', `/room/${room}`, changes);
  }

  pollInfo(room: string, infoUpdates = 0): Answer<PollInfo> {
    return this.read(`/room/${room}/pollInfo/${infoUpdates}`);
  }

  /** The batch that clients send every few seconds for a room they are in. */
  poll(position: PollPosition): Answer<BatchReply[]> {
    const { room, infoUpdates, seqno, inbox = 0, outbox = 0 } = position;
    const paths = [
      '/capabilities',
      `/room/${room}/pollInfo/${infoUpdates}`,
      `/room/${room}/messages/since/${seqno}?t=r&reactors=5`,
      `/inbox/since/${inbox}`,
      `/outbox/since/${outbox}`,
    ];
    return this.batch(paths.map((path) => ({ method: 'GET', path })));
  }

  postMessage(room: string, text: string, options?: PostOptions): Answer<MessageRow> {
    return this.write('POST', `/room/${room}/message`, this.messageBody(text, options));
  }

  editMessage(room: string, id: number, text: string, options?: PostOptions): Answer<object> {
    return this.write('PUT', `/room/${room}/message/${id}`, this.messageBody(text, options));
  }

  /**
   * The JSON body of a post: `data` and `signature`, and `files`, `whisper_to`, `whisper_mods` when given. The
   * display name is the start of the user's ID unless another is given.
   */
  messageBody(text: string, options: PostOptions = {}): Record<string, unknown> {
    const { data: givenData, signature, files, whisperTo, whisperMods, ...content } = options;
    const data = givenData ?? encodeMessage({ body: text, displayName: this.id.slice(0, 8), ...content });
    return {
      data: Buffer.from(data).toString('base64'),
      signature: signature ?? Buffer.from(this.signMessage(data)).toString('base64'),
      ...(files && { files }),
      ...(whisperTo !== undefined && { whisper_to: whisperTo }),
      ...(whisperMods !== undefined && { whisper_mods: whisperMods }),
    };
  }

  /** The sender's 64-byte signature over message data: by the blinded key, or XEd25519 without blinding. */
  signMessage(data: Uint8Array): Uint8Array {
    if (!this.identity || !this.signer) throw new Error('an anonymous client can sign nothing');
    return this.signer.id.startsWith('15') ? this.signer.sign(data) : this.identity.signAsSessionId(data);
  }

  message(room: string, id: number, query: Query = {}): Answer<MessageRow> {
    return this.read(`/room/${room}/message/${id}${queryString(query)}`);
  }

  messagesSince(room: string, seqno: number, query: Query = {}): Answer<MessageUpdate[]> {
    return this.read(`/room/${room}/messages/since/${seqno}${queryString(query)}`);
  }

  recentMessages(room: string, query: Query = {}): Answer<MessageRow[]> {
    return this.read(`/room/${room}/messages/recent${queryString(query)}`);
  }

  messagesBefore(room: string, id: number, query: Query = {}): Answer<MessageRow[]> {
    return this.read(`/room/${room}/messages/before/${id}${queryString(query)}`);
  }

  deleteMessage(room: string, id: number): Answer<object> {
    return this.write('DELETE', `/room/${room}/message/${id}`);
  }

  /** Deletes everything a user posted in the room. */
  deleteAll(room: string, user: string): Answer<object> {
    return this.write('DELETE', `/room/${room}/all/${user}`);
  }

  /** Deletes everything a user posted in all rooms where the caller may do so. */
  deleteAllEverywhere(user: string): Answer<{ total: number; rooms: Record<string, number> }> {
    return this.write('DELETE', `/rooms/all/${user}`);
  }

  pin(room: string, id: number): Answer<InfoUpdates> {
    return this.write('POST', `/room/${room}/pin/${id}`, {});
  }

  unpin(room: string, id: number): Answer<InfoUpdates & { unpinned: boolean }> {
    return this.write('POST', `/room/${room}/unpin/${id}`, {});
  }

  unpinAll(room: string): Answer<InfoUpdates & { unpinned: number }> {
    return this.write('POST', `/room/${room}/unpin/all`, {});
  }

  react(room: string, id: number, emoji: string): Answer<{ added: boolean; seqno: number }> {
    return this.write('PUT', `/room/${room}/reaction/${id}/${this.segment(emoji)}`, {});
  }

  unreact(room: string, id: number, emoji: string): Answer<{ removed: boolean; seqno: number }> {
    return this.write('DELETE', `/room/${room}/reaction/${id}/${this.segment(emoji)}`);
  }

  /** Removes everyone's reactions from a message, or everyone's of one kind. */
  removeReactions(room: string, id: number, emoji?: string): Answer<{ removed: number; seqno: number }> {
    const suffix = emoji === undefined ? '' : `/${this.segment(emoji)}`;
    return this.write('DELETE', `/room/${room}/reactions/${id}${suffix}`);
  }

  reactors(room: string, id: number, emoji: string, query: Query = {}): Answer<[string, number][]> {
    return this.read(`/room/${room}/reactors/${id}/${this.segment(emoji)}${queryString(query)}`);
  }

  /** Uploads a file; the name, if any, goes into `Content-Disposition` as `filename*=UTF-8''…`. */
  upload(room: string, bytes: Uint8Array, filename?: string): Answer<{ id: number }> {
    const headers =
      filename === undefined
        ? {}
        : { 'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(filename)}` };
    return this.write('POST', `/room/${room}/file`, bytes, { headers });
  }

  download(room: string, id: number): Promise<SessionResponse> {
    return this.get(`/room/${room}/file/${id}`);
  }

  /** Overrides in the room: a user's, or, without `user`, everyone's by ID. */
  permissions(room: string, user?: string): Answer<Record<string, unknown>> {
    return this.read(`/room/${room}/permissions${user === undefined ? '' : `/${user}`}`);
  }

  setPermissions(room: string, user: string, changes: PermissionChanges): Answer<Record<string, unknown>> {
    return this.write('POST', `/room/${room}/permissions/${user}`, changes);
  }

  /** Scheduled changes in the room: a user's or everyone's. */
  futurePermissions(room: string, user?: string): Answer<unknown[]> {
    return this.read(`/room/${room}/futurePermissions${user === undefined ? '' : `/${user}`}`);
  }

  /** Schedules a change; `in` is in seconds from now. */
  scheduleChange(
    room: string,
    user: string,
    change: { in: number; read?: boolean; write?: boolean; upload?: boolean },
  ): Answer<unknown> {
    return this.write('POST', `/room/${room}/futurePermissions/${user}`, change);
  }

  setRole(user: string, scope: Scope, role: Role): Answer<{ info_updates: Record<string, number> }> {
    return this.write('POST', `/user/${user}/moderator`, { ...scope, ...role });
  }

  /** Bans for good, or for `timeout` seconds. */
  ban(user: string, scope: Scope, timeout?: number): Answer<object> {
    return this.write('POST', `/user/${user}/ban`, { ...scope, ...(timeout !== undefined && { timeout }) });
  }

  unban(user: string, scope: Scope): Answer<object> {
    return this.write('POST', `/user/${user}/unban`, scope);
  }

  /** The whole inbox, or the messages after `since` (304 without a body when there are none). */
  inbox(since?: number, query: Query = {}): Answer<DirectMessage[]> {
    return this.read(`/inbox${since === undefined ? '' : `/since/${since}`}${queryString(query)}`);
  }

  /** Like `inbox`, for messages this user sent. */
  outbox(since?: number, query: Query = {}): Answer<DirectMessage[]> {
    return this.read(`/outbox${since === undefined ? '' : `/since/${since}`}${queryString(query)}`);
  }

  /** Sends a direct message to a `15…` ID; the server takes the bytes as they are. */
  sendDirectMessage(recipient: string, message: Uint8Array): Answer<Omit<DirectMessage, 'message'>> {
    return this.write('POST', `/inbox/${recipient}`, { message: Buffer.from(message).toString('base64') });
  }

  clearInbox(): Answer<{ deleted: number }> {
    return this.write('DELETE', '/inbox');
  }

  /** Emoji stand raw in onion requests, as Desktop writes them; plain HTTP needs them percent-encoded. */
  private segment(emoji: string): string {
    return this.transport === 'plain' ? encodeURIComponent(emoji) : emoji;
  }

  private read<Body>(path: string): Answer<Body> {
    return this.get(path) as Answer<Body>;
  }

  private write<Body>(method: string, path: string, body?: unknown, options?: RequestOptions): Answer<Body> {
    return this.request(method, path, body, options) as Answer<Body>;
  }
}

function queryString(query: Query): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined);
  return parts.length === 0 ? '' : `?${parts.map(([name, value]) => `${name}=${value ?? ''}`).join('&')}`;
}
