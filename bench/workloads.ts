import { randomBytes } from 'node:crypto';
import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { writeContent } from '../src/protocol/session-protobuf/write-content.js';
import { type InnerRequest, type Member } from './prepared-request.js';

/** The latest seqno of a room and its count of info updates. */
export interface RoomSituation {
  token: string;
  seqno: number;
  infoUpdates: number;
}

/** The contents of the rooms when the requests are made. */
export interface Situation {
  rooms: readonly RoomSituation[];
  /** A file of 1 MB in the first room. */
  fileId: number;
  /** Messages in the first room to react to. */
  messageIds: readonly number[];
}

/** A kind of load. */
export interface Workload {
  name: string;
  description: string;
  /** Requests in a run. */
  requests: number;
  /** The requests of one member. */
  request(member: Member, index: number, situation: Situation, sodium: Sodium): InnerRequest;
}

/** The batch of protocol 5 for the first rooms, by a client that last saw the rooms `behind` messages ago. */
export function poll(situation: Situation, behind: number, count = 2): InnerRequest {
  const rooms = situation.rooms.slice(0, count).flatMap(({ token, seqno, infoUpdates }) => [
    { method: 'GET', path: `/room/${token}/pollInfo/${infoUpdates}` },
    { method: 'GET', path: `/room/${token}/messages/since/${Math.max(0, seqno - behind)}?t=r&reactors=5` },
  ]);
  return {
    method: 'POST',
    path: '/batch',
    body: JSON.stringify([
      { method: 'GET', path: '/capabilities' },
      ...rooms,
      { method: 'GET', path: '/inbox/since/0' },
      { method: 'GET', path: '/outbox/since/0' },
    ]),
  };
}

/** The same rooms as Desktop knows them: it says 0 in every pollInfo, and is sent the details each time. */
export function ofDesktop({ rooms, ...others }: Situation): Situation {
  return { ...others, rooms: rooms.map((room) => ({ ...room, infoUpdates: 0 })) };
}

/** A member's post to a room, which may show files. */
export function post(member: Member, room: string, sodium: Sodium, files?: readonly number[]): InnerRequest {
  const body = randomBytes(40).toString('base64');
  const data = writeContent({ body, displayName: 'Alice', timestamp: Date.now() });
  const signature = sodium.ed25519Sign(data, member.keys.secretKey);
  const message = { data: data.toString('base64'), signature: signature.toString('base64'), files };
  return { method: 'POST', path: `/room/${room}/message`, body: JSON.stringify(message) };
}

function tokenOf(situation: Situation, index: number): string {
  const room = situation.rooms[index % situation.rooms.length];
  if (!room) throw new Error('There is no room to ask for');
  return room.token;
}

function react(index: number, situation: Situation): InnerRequest {
  const message = situation.messageIds[index % situation.messageIds.length] ?? 1;
  return { method: 'PUT', path: `/room/${tokenOf(situation, 0)}/reaction/${message}/👍`, body: '{}' };
}

function mixed(member: Member, index: number, situation: Situation, sodium: Sodium): InnerRequest {
  const part = index % 100;
  if (part < 95) return poll(situation, 0);
  if (part < 98) return poll(situation, 20);
  return part === 98 ? post(member, tokenOf(situation, 0), sodium) : react(index, situation);
}

/** A mix of clients as in a real community: of each two members that use a cipher, one has Desktop. */
function mixedPoll(index: number, situation: Situation): InnerRequest {
  return poll(index % 4 < 2 ? situation : ofDesktop(situation), 0);
}

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'a',
    description: 'idle poll of two rooms',
    requests: 20_000,
    request: (_member, _index, situation) => poll(situation, 0),
  },
  {
    name: 'a0',
    description: 'idle poll of two rooms by Desktop, with details',
    requests: 20_000,
    request: (_member, _index, situation) => poll(ofDesktop(situation), 0),
  },
  {
    name: 'am',
    description: 'idle poll of two rooms, half Android, half Desktop',
    requests: 20_000,
    request: (_member, index, situation) => mixedPoll(index, situation),
  },
  {
    name: 'b',
    description: 'poll with 20 new messages',
    requests: 10_000,
    request: (_member, _index, situation) => poll(situation, 20),
  },
  {
    name: 'c',
    description: 'recent?limit=256',
    requests: 4_000,
    request: (_member, _index, situation) => ({
      method: 'GET',
      path: `/room/${tokenOf(situation, 0)}/messages/recent?limit=256`,
    }),
  },
  {
    name: 'd1',
    description: 'posts to one room',
    requests: 6_000,
    request: (member, _index, situation, sodium) => post(member, tokenOf(situation, 0), sodium),
  },
  {
    name: 'd5',
    description: 'posts to five rooms',
    requests: 6_000,
    request: (member, index, situation, sodium) => post(member, tokenOf(situation, index), sodium),
  },
  {
    name: 'e',
    description: 'downloads of 1 MB',
    requests: 400,
    request: (_member, _index, situation) => ({
      method: 'GET',
      path: `/room/${tokenOf(situation, 0)}/file/${situation.fileId}`,
    }),
  },
  {
    name: 'f',
    description: 'mix of 95 % a, 3 % b, 1 % d, 1 % reactions',
    requests: 20_000,
    request: mixed,
  },
];

/** @throws when there is no workload of this name */
export function workloadNamed(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (!found) throw new Error(`There is no workload ${name}`);
  return found;
}
