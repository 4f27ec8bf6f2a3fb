import { type SessionClient } from '../client/client.js';
import { type MessageRow, type PollInfo, type RoomDetails } from '../client/types.js';
import { type Actors, identityOf } from '../support/actors.js';
import { type TestServer } from '../support/server.js';

/** Where changes are made: one of several processes of a community. */
export interface Writer {
  server: TestServer;
  /** Everyone, talking to that process. */
  actors: Actors;
  /** A global admin among them. */
  boss: SessionClient;
}

/** A kind of change that every process has to show soon after it was made. */
export interface Change {
  name: string;
  /** The process that makes it: one that serves, which answers the request, or the `plaza` command beside them. */
  madeBy: 'request' | 'command';
  /** Brings about all that it takes, so that nothing of the change itself shows yet. */
  prepare: (writer: Writer) => Promise<PreparedChange>;
}

export interface PreparedChange {
  /** Makes the change; rejects unless it was answered as done. */
  make: () => Promise<unknown>;
  /** Whether it shows to those who ask through a process. */
  shows: (at: Actors) => Promise<boolean>;
}

const ROOM = 'lobby';
const IN_ROOM = { rooms: [ROOM] };
const EVERYWHERE = { global: true } as const;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const EMOJI = '🦊';

let count = 0;

function fresh(what: string): string {
  return `${what} ${++count}`;
}

async function post({ boss }: Writer): Promise<MessageRow> {
  return (await boss.postMessage(ROOM, fresh('post'))).expect(201).json;
}

async function lookInto(person: SessionClient): Promise<PollInfo & { details: RoomDetails }> {
  const { details, ...info } = (await person.pollInfo(ROOM)).expect(200).json;
  if (!details) throw new Error('a poll that knows nothing of a room came without its details');
  return { ...info, details };
}

async function isPinned(at: Actors, id: number): Promise<boolean> {
  const { details } = await lookInto(at.alice);
  return details.pinned_messages.some((pin) => pin.id === id);
}

/** A newcomer whom the writing process has met. */
async function meet({ actors }: Writer): Promise<{ name: string; id: string }> {
  const name = fresh('newcomer');
  const person = actors.person(name);
  (await person.pollInfo(ROOM)).expect(200);
  return { name, id: person.id };
}

async function isKeptOut(at: Actors, name: string): Promise<boolean> {
  return (await at.person(name).pollInfo(ROOM)).status === FORBIDDEN;
}

/** The permissions of someone, and what others read of them: `undefined` while the two differ. */
async function isModerator(at: Actors, name: string): Promise<boolean | undefined> {
  const person = at.person(name);
  const { moderator: may } = await lookInto(person);
  const { details } = await lookInto(at.alice);
  const isListed = details.moderators.includes(person.id);
  return may === isListed ? may : undefined;
}

async function sendTo({ actors }: Writer, name: string): Promise<number> {
  const recipient = actors.person(name);
  return (await actors.alice.sendDirectMessage(recipient.id, Buffer.from('psst'))).expect(201).json.id;
}

const MESSAGES: Change[] = [
  {
    name: 'a new message',
    madeBy: 'request',
    prepare: async (writer) => {
      const { seqno } = await post(writer);
      return {
        make: () => post(writer),
        shows: async (at) => (await at.alice.messagesSince(ROOM, seqno)).expect(200).json.length > 0,
      };
    },
  },
  {
    name: 'an edit',
    madeBy: 'request',
    prepare: async (writer) => {
      const { id, data } = await post(writer);
      return {
        make: async () => (await writer.boss.editMessage(ROOM, id, 'better')).expect(200),
        shows: async (at) => {
          const page = (await at.alice.recentMessages(ROOM)).expect(200).json;
          return page.some((message) => message.id === id && message.data !== data);
        },
      };
    },
  },
  {
    name: 'a deletion',
    madeBy: 'request',
    prepare: async (writer) => {
      const { id, seqno } = await post(writer);
      return {
        make: async () => (await writer.boss.deleteMessage(ROOM, id)).expect(200),
        shows: async (at) => {
          const page = (await at.alice.messagesSince(ROOM, seqno)).expect(200).json;
          return page.some((message) => message.id === id && message.deleted === true);
        },
      };
    },
  },
  {
    name: 'a reaction',
    madeBy: 'request',
    prepare: async (writer) => {
      const { id, seqno } = await post(writer);
      return {
        make: async () => (await writer.actors.bob.react(ROOM, id, EMOJI)).expect(200),
        shows: async (at) => {
          const page = (await at.alice.messagesSince(ROOM, seqno, { t: 'r' })).expect(200).json;
          return page.some(({ reactions }) => reactions?.[EMOJI]?.count === 1);
        },
      };
    },
  },
  {
    name: 'a pin',
    madeBy: 'request',
    prepare: async (writer) => {
      const { id } = await post(writer);
      return {
        make: async () => (await writer.boss.pin(ROOM, id)).expect(200),
        shows: (at) => isPinned(at, id),
      };
    },
  },
  {
    name: 'an unpinning',
    madeBy: 'request',
    prepare: async (writer) => {
      const { id } = await post(writer);
      (await writer.boss.pin(ROOM, id)).expect(200);
      return {
        make: async () => (await writer.boss.unpin(ROOM, id)).expect(200),
        shows: async (at) => !(await isPinned(at, id)),
      };
    },
  },
];

const STANDINGS: Change[] = [
  ...[IN_ROOM, EVERYWHERE].flatMap((scope): Change[] => {
    const where = scope === IN_ROOM ? 'the room' : 'the server';
    return [
      {
        name: `a ban from ${where}`,
        madeBy: 'request',
        prepare: async (writer) => {
          const { name, id } = await meet(writer);
          return {
            make: async () => (await writer.boss.ban(id, scope)).expect(200),
            shows: (at) => isKeptOut(at, name),
          };
        },
      },
      {
        name: `the end of a ban from ${where}`,
        madeBy: 'request',
        prepare: async (writer) => {
          const { name, id } = await meet(writer);
          (await writer.boss.ban(id, scope)).expect(200);
          return {
            make: async () => (await writer.boss.unban(id, scope)).expect(200),
            shows: async (at) => !(await isKeptOut(at, name)),
          };
        },
      },
      {
        name: `the appointment of a moderator of ${where}`,
        madeBy: 'request',
        prepare: async (writer) => {
          const { name, id } = await meet(writer);
          const role = { moderator: true, visible: true };
          return {
            make: async () => (await writer.boss.setRole(id, scope, role)).expect(200),
            shows: async (at) => (await isModerator(at, name)) === true,
          };
        },
      },
      {
        name: `the dismissal of a moderator of ${where}`,
        madeBy: 'request',
        prepare: async (writer) => {
          const { name, id } = await meet(writer);
          (await writer.boss.setRole(id, scope, { moderator: true, visible: true })).expect(200);
          return {
            make: async () => (await writer.boss.setRole(id, scope, { moderator: false })).expect(200),
            shows: async (at) => (await isModerator(at, name)) === false,
          };
        },
      },
    ];
  }),
  {
    name: 'a permission of one person',
    madeBy: 'request',
    prepare: async (writer) => {
      const { name, id } = await meet(writer);
      return {
        make: async () => (await writer.boss.setPermissions(ROOM, id, { write: false })).expect(200),
        shows: async (at) => !(await lookInto(at.person(name))).write,
      };
    },
  },
];

const ROOMS: Change[] = [
  {
    name: 'what everyone may do in a room',
    madeBy: 'request',
    prepare: async ({ actors, boss }) => {
      const upload = !(await lookInto(actors.alice)).upload;
      return {
        make: async () => (await boss.updateRoom(ROOM, { default_upload: upload })).expect(200),
        shows: async (at) => (await lookInto(at.alice)).upload === upload,
      };
    },
  },
  {
    name: 'the name of a room',
    madeBy: 'request',
    prepare: ({ boss }) => {
      const name = fresh('Lobby');
      return Promise.resolve({
        make: async () => (await boss.updateRoom(ROOM, { name })).expect(200),
        shows: async (at) => (await lookInto(at.alice)).details.name === name,
      });
    },
  },
];

/** Another message from alice to someone she has written to; `box` asks where it has to show. */
function directMessage(
  to: string,
  box: (at: Actors, recipient: string, newest: number) => Promise<{ status: number }>,
): Change {
  return {
    name: `a direct message to its ${to}`,
    madeBy: 'request',
    prepare: async (writer) => {
      const { name } = await meet(writer);
      const newest = await sendTo(writer, name);
      return {
        make: () => sendTo(writer, name),
        shows: async (at) => (await box(at, name, newest)).status === 200,
      };
    },
  };
}

const DIRECT_MESSAGES: Change[] = [
  directMessage('recipient', (at, recipient, newest) => at.person(recipient).inbox(newest)),
  directMessage('sender', (at, _recipient, newest) => at.alice.outbox(newest)),
  {
    name: 'the clearing of an inbox',
    madeBy: 'request',
    prepare: async (writer) => {
      const { name } = await meet(writer);
      await sendTo(writer, name);
      return {
        make: async () => (await writer.actors.person(name).clearInbox()).expect(200),
        shows: async (at) => (await at.person(name).inbox(0)).status === 304,
      };
    },
  },
];

const COMMANDS: Change[] = [
  {
    name: 'a room that plaza adds',
    madeBy: 'command',
    prepare: ({ server }) => {
      const token = `added-${++count}`;
      return Promise.resolve({
        make: () => server.addRoom(token),
        shows: async (at) => (await at.alice.room(token)).status === 200,
      });
    },
  },
  {
    name: 'a room that plaza deletes',
    madeBy: 'command',
    prepare: async ({ server }) => {
      const token = `deleted-${++count}`;
      await server.sql('INSERT INTO rooms (token, name, created_at) VALUES ($1, $1, 0)', [token]);
      return {
        make: async () => {
          expect(await server.plazaProcess('room', 'delete', token, '--yes')).toMatchObject({ code: 0 });
        },
        shows: async (at) => (await at.alice.room(token)).status === NOT_FOUND,
      };
    },
  },
  {
    name: 'a moderator whom plaza appoints',
    madeBy: 'command',
    prepare: async (writer) => {
      const { name } = await meet(writer);
      return {
        make: () => writer.server.addModerator(identityOf(name), { in: ROOM }),
        shows: async (at) => (await isModerator(at, name)) === true,
      };
    },
  },
];

/** One of each kind; any may be prepared and made any number of times. */
export const CHANGES: readonly Change[] = [
  ...MESSAGES,
  ...STANDINGS,
  ...ROOMS,
  ...DIRECT_MESSAGES,
  ...COMMANDS,
];
