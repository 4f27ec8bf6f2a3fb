import { type SessionClient } from '../../client/client.js';
import { type BatchRequest } from '../../client/types.js';
import { type Need } from './rights.js';

/** The things that a round of requests is about: made anew for each, because the requests change it. */
export interface Scene {
  room: string;
  caller: SessionClient;
  /** A message of the caller's; of the bystander's when the caller can have none. */
  ownMessage: number;
  /** Someone without rights, who posted and reacted. */
  bystander: SessionClient;
  theirMessages: readonly [number, number];
  file: number;
  /** Blinded IDs of people whom the server has not seen. */
  strangers: readonly [string, string, string];
}

/** One line of the matrix. */
export interface Line {
  /** Method and path as the protocol writes them. */
  endpoint: string;
  need: Need;
  /** Status for whom it lets in; 200 when left out. */
  success?: number;
  request(scene: Scene): BatchRequest;
}

const EMOJI = encodeURIComponent('🦜');

const get = (path: string): BatchRequest => ({ method: 'GET', path });
const post = (path: string, json: unknown): BatchRequest => ({ method: 'POST', path, json });
const put = (path: string, json: unknown): BatchRequest => ({ method: 'PUT', path, json });
const remove = (path: string): BatchRequest => ({ method: 'DELETE', path });

/** A message that the caller signs; anonymous ones are refused before anyone looks at it. */
function message({ caller, bystander }: Scene, text: string): Record<string, unknown> {
  return (caller.identity ? caller : bystander).messageBody(text);
}

function callerId({ caller, bystander }: Scene): string {
  return (caller.identity ? caller : bystander).id;
}

/** Those that change least come first: each line finds what it needs as the scene was made. */
export const MATRIX: readonly Line[] = [
  { endpoint: 'GET /capabilities', need: 'nothing', request: () => get('/capabilities') },
  { endpoint: 'GET /rooms', need: 'nothing', request: () => get('/rooms') },
  { endpoint: 'POST /batch', need: 'nothing', request: () => post('/batch', [get('/capabilities')]) },
  { endpoint: 'POST /sequence', need: 'nothing', request: () => post('/sequence', [get('/capabilities')]) },
  { endpoint: 'GET /room/T', need: 'to see the room', request: ({ room }) => get(`/room/${room}`) },
  {
    endpoint: 'GET /room/T/pollInfo/N',
    need: 'to poll',
    request: ({ room }) => get(`/room/${room}/pollInfo/0`),
  },
  {
    endpoint: 'GET /room/T/messages/since/S',
    need: 'read',
    request: ({ room }) => get(`/room/${room}/messages/since/0?t=r`),
  },
  {
    endpoint: 'GET /room/T/messages/recent',
    need: 'read',
    request: ({ room }) => get(`/room/${room}/messages/recent`),
  },
  {
    endpoint: 'GET /room/T/messages/before/M',
    need: 'read',
    request: ({ room }) => get(`/room/${room}/messages/before/99999`),
  },
  {
    endpoint: 'GET /room/T/message/M',
    need: 'read',
    request: ({ room, theirMessages }) => get(`/room/${room}/message/${theirMessages[0]}`),
  },
  {
    endpoint: 'GET /room/T/reactors/M/E',
    need: 'read',
    request: ({ room, theirMessages }) => get(`/room/${room}/reactors/${theirMessages[0]}/${EMOJI}`),
  },
  {
    endpoint: 'GET /room/T/file/F',
    need: 'read',
    request: ({ room, file }) => get(`/room/${room}/file/${file}`),
  },
  {
    endpoint: 'GET /room/T/file/F/name',
    need: 'read',
    request: ({ room, file }) => get(`/room/${room}/file/${file}/picture.png`),
  },
  {
    endpoint: 'GET /room/T/permissions',
    need: 'moderator',
    request: ({ room }) => get(`/room/${room}/permissions`),
  },
  {
    endpoint: 'GET /room/T/permissions/U',
    need: 'moderator',
    request: ({ room, bystander }) => get(`/room/${room}/permissions/${bystander.id}`),
  },
  {
    endpoint: 'GET /room/T/futurePermissions',
    need: 'moderator',
    request: ({ room }) => get(`/room/${room}/futurePermissions`),
  },
  {
    endpoint: 'GET /room/T/futurePermissions/U',
    need: 'moderator',
    request: ({ room, bystander }) => get(`/room/${room}/futurePermissions/${bystander.id}`),
  },
  { endpoint: 'GET /inbox', need: 'a user', request: () => get('/inbox') },
  { endpoint: 'GET /inbox/since/I', need: 'a user', success: 304, request: () => get('/inbox/since/99999') },
  { endpoint: 'GET /outbox', need: 'a user', request: () => get('/outbox') },
  {
    endpoint: 'GET /outbox/since/O',
    need: 'a user',
    success: 304,
    request: () => get('/outbox/since/99999'),
  },
  {
    endpoint: 'POST /inbox/U',
    need: 'a user not banned everywhere',
    success: 201,
    request: ({ bystander }) => post(`/inbox/${bystander.id}`, { message: 'aGVsbG8=' }),
  },
  { endpoint: 'DELETE /inbox', need: 'a user', request: () => remove('/inbox') },
  {
    endpoint: 'PUT /room/T/reaction/M/E',
    need: 'read as a user',
    request: ({ room, theirMessages }) => put(`/room/${room}/reaction/${theirMessages[0]}/${EMOJI}`, {}),
  },
  {
    endpoint: 'DELETE /room/T/reaction/M/E',
    need: 'read as a user',
    request: ({ room, theirMessages }) => remove(`/room/${room}/reaction/${theirMessages[0]}/${EMOJI}`),
  },
  {
    endpoint: 'DELETE /room/T/reactions/M/E',
    need: 'moderator',
    request: ({ room, theirMessages }) => remove(`/room/${room}/reactions/${theirMessages[0]}/${EMOJI}`),
  },
  {
    endpoint: 'DELETE /room/T/reactions/M',
    need: 'moderator',
    request: ({ room, theirMessages }) => remove(`/room/${room}/reactions/${theirMessages[0]}`),
  },
  {
    endpoint: 'POST /room/T/message',
    need: 'write',
    success: 201,
    request: (scene) => post(`/room/${scene.room}/message`, message(scene, 'posted')),
  },
  {
    endpoint: 'POST /room/T/message (a whisper)',
    need: 'moderator',
    success: 201,
    request: (scene) =>
      post(`/room/${scene.room}/message`, { ...message(scene, 'psst'), whisper_mods: true }),
  },
  {
    endpoint: 'PUT /room/T/message/M (the caller’s)',
    need: 'write',
    request: (scene) => put(`/room/${scene.room}/message/${scene.ownMessage}`, message(scene, 'edited')),
  },
  {
    endpoint: 'PUT /room/T/message/M (someone else’s)',
    need: 'what nobody may',
    request: (scene) =>
      put(`/room/${scene.room}/message/${scene.theirMessages[0]}`, message(scene, 'edited')),
  },
  {
    endpoint: 'POST /room/T/file',
    need: 'upload',
    success: 201,
    request: ({ room }) => ({ method: 'POST', path: `/room/${room}/file`, b64: 'aGVsbG8=' }),
  },
  {
    endpoint: 'POST /room/T/pin/M',
    need: 'admin',
    request: ({ room, theirMessages }) => post(`/room/${room}/pin/${theirMessages[0]}`, {}),
  },
  {
    endpoint: 'POST /room/T/unpin/M',
    need: 'admin',
    request: ({ room, theirMessages }) => post(`/room/${room}/unpin/${theirMessages[0]}`, {}),
  },
  {
    endpoint: 'POST /room/T/unpin/all',
    need: 'admin',
    request: ({ room }) => post(`/room/${room}/unpin/all`, {}),
  },
  {
    endpoint: 'PUT /room/T',
    need: 'admin',
    request: ({ room }) => put(`/room/${room}`, { description: 'changed' }),
  },
  {
    endpoint: 'POST /room/T/permissions/U',
    need: 'moderator',
    request: ({ room, strangers }) => post(`/room/${room}/permissions/${strangers[0]}`, { upload: false }),
  },
  {
    endpoint: 'POST /room/T/futurePermissions/U',
    need: 'moderator',
    request: ({ room, strangers }) =>
      post(`/room/${room}/futurePermissions/${strangers[0]}`, { in: 9999, upload: true }),
  },
  {
    endpoint: 'POST /user/U/ban (from the room)',
    need: 'moderator',
    request: ({ room, strangers }) => post(`/user/${strangers[1]}/ban`, { rooms: [room] }),
  },
  {
    endpoint: 'POST /user/U/unban (from the room)',
    need: 'moderator',
    request: ({ room, strangers }) => post(`/user/${strangers[1]}/unban`, { rooms: [room] }),
  },
  {
    endpoint: 'POST /user/U/ban (global)',
    need: 'global moderator',
    request: ({ strangers }) => post(`/user/${strangers[1]}/ban`, { global: true }),
  },
  {
    endpoint: 'POST /user/U/unban (global)',
    need: 'global moderator',
    request: ({ strangers }) => post(`/user/${strangers[1]}/unban`, { global: true }),
  },
  {
    endpoint: 'POST /user/U/moderator (of the room)',
    need: 'admin',
    request: ({ room, strangers }) =>
      post(`/user/${strangers[2]}/moderator`, { rooms: [room], moderator: true }),
  },
  {
    endpoint: 'POST /user/U/moderator (global)',
    need: 'global admin',
    request: ({ strangers }) => post(`/user/${strangers[2]}/moderator`, { global: true, moderator: false }),
  },
  {
    endpoint: 'DELETE /room/T/message/M (the caller’s)',
    need: 'write',
    request: ({ room, ownMessage }) => remove(`/room/${room}/message/${ownMessage}`),
  },
  {
    endpoint: 'DELETE /room/T/message/M (someone else’s)',
    need: 'moderator',
    request: ({ room, theirMessages }) => remove(`/room/${room}/message/${theirMessages[0]}`),
  },
  {
    endpoint: 'DELETE /room/T/all/U (the caller’s)',
    need: 'to know the room',
    request: (scene) => remove(`/room/${scene.room}/all/${callerId(scene)}`),
  },
  {
    endpoint: 'DELETE /room/T/all/U (someone else’s)',
    need: 'moderator',
    request: ({ room, bystander }) => remove(`/room/${room}/all/${bystander.id}`),
  },
  {
    endpoint: 'DELETE /rooms/all/U',
    need: 'a user',
    request: ({ bystander }) => remove(`/rooms/all/${bystander.id}`),
  },
];
