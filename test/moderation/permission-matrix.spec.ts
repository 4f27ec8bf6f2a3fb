import { type SessionClient } from '../client/client.js';
import { type BatchRequest } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';
import { MATRIX, type Scene } from './matrix/endpoints.js';
import {
  ALL_DEFAULTS,
  type Defaults,
  EVERYTHING,
  expectedStatus,
  type Role,
  ROLES,
} from './matrix/rights.js';

/** Every endpoint, for everyone, in rooms with every combination of permission defaults (protocol 6, 7.3, 7.4, 10). */
describe('the matrix of permissions', () => {
  let server: OpenServer;
  let actors: Actors;
  let boss: SessionClient;
  let bystander: SessionClient;
  let rounds = 0;

  beforeAll(async () => {
    server = await openServer({ env: { POST_RATE_LIMIT: '1000', UPLOAD_RATE_LIMIT: '1000' } });
    actors = new Actors(server, 'lobby');
    boss = await actors.globalAdmin();
    bystander = actors.person('bystander');
  });

  afterAll(async () => {
    await server.stop();
  });

  /** Gives someone new their role in a room, after they posted there. */
  async function appoint(role: Role, room: string, person: SessionClient): Promise<void> {
    const rooms = { rooms: [room] };
    const everywhere = { global: true } as const;
    const steps: Partial<Record<Role, () => Promise<{ expect(status: number): unknown }>>> = {
      'banned in the room': () => boss.ban(person.id, rooms),
      'globally banned': () => boss.ban(person.id, everywhere),
      moderator: () => boss.setRole(person.id, rooms, { moderator: true }),
      'hidden moderator': () => boss.setRole(person.id, rooms, { moderator: true, visible: false }),
      admin: () => boss.setRole(person.id, rooms, { admin: true }),
      'global moderator': () => boss.setRole(person.id, everywhere, { moderator: true }),
      'global admin': () => boss.setRole(person.id, everywhere, { admin: true }),
    };
    (await steps[role]?.())?.expect(200);
  }

  /** A room of its own with these defaults, where a newcomer has the role and two people have posted. */
  async function setScene(role: Role, defaults: Defaults): Promise<Scene> {
    const room = `room-${++rounds}`;
    await server.sql(`INSERT INTO rooms (token, name, created_at) VALUES ($1, $1, 0)`, [room]);
    const caller = role === 'anonymous' ? actors.anonymous : actors.person(`${role} ${rounds}`);
    const author = role === 'anonymous' ? bystander : caller;
    const own = (await author.postMessage(room, 'mine')).expect(201).json.id;
    (await author.postMessage(room, 'mine too')).expect(201);
    const theirs = (await bystander.postMessage(room, 'theirs')).expect(201).json.id;
    const others = (await bystander.postMessage(room, 'theirs too')).expect(201).json.id;
    (await bystander.react(room, theirs, '🦜')).expect(200);
    const file = (await bystander.upload(room, Buffer.from('picture'))).expect(201).json.id;
    (await bystander.postMessage(room, 'look', { files: [file] })).expect(201);
    (await boss.updateRoom(room, { ...defaults })).expect(200);
    await appoint(role, room, caller);
    const strangers = ['a', 'b', 'c'].map((name) => actors.person(`stranger ${name} ${rounds}`).id);
    return {
      room,
      caller,
      ownMessage: own,
      bystander,
      theirMessages: [theirs, others],
      file,
      strangers: strangers as [string, string, string],
    };
  }

  /** Someone globally banned is refused with the batch itself, so their requests go one by one. */
  async function statusesOf(role: Role, caller: SessionClient, requests: BatchRequest[]): Promise<number[]> {
    if (role !== 'globally banned') {
      return (await caller.batch(requests)).expect(200).json.map(({ code }) => code);
    }
    const statuses: number[] = [];
    for (const { method, path, json, b64 } of requests) {
      statuses.push((await caller.request(method, path, b64 ?? json)).status);
    }
    return statuses;
  }

  describe.each(ALL_DEFAULTS.map((defaults) => [nameOf(defaults), defaults] as const))(
    'in a room where everyone may %s',
    (_name, defaults) => {
      it.each(ROLES)('each endpoint answers as the protocol says for: %s', async (role) => {
        const scene = await setScene(role, defaults);
        const statuses = await statusesOf(
          role,
          scene.caller,
          MATRIX.map((line) => line.request(scene)),
        );
        const told = MATRIX.map(({ endpoint }, index) => `${endpoint}: ${statuses[index]}`);
        expect(told).toEqual(
          MATRIX.map(
            ({ endpoint, need, success = 200 }) =>
              `${endpoint}: ${expectedStatus(need, role, defaults, success)}`,
          ),
        );
      });
    },
  );

  it('covers every endpoint', async () => {
    const { paths } = (await (await fetch(`${server.url}/docs`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const scene = await setScene('user', EVERYTHING);
    const asked = MATRIX.map((line) => line.request(scene)).map(
      ({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`,
    );
    const missing = Object.entries(paths)
      .flatMap(([template, methods]) =>
        Object.keys(methods).map((method) => `${method.toUpperCase()} ${template}`),
      )
      // Onion requests are how most of the requests above came.
      .filter((endpoint) => !endpoint.endsWith('/lsrpc'))
      .filter((endpoint) => !asked.some((request) => patternOf(endpoint).test(request)));
    expect(missing).toEqual([]);
  });
});

function nameOf(defaults: Defaults): string {
  const granted = Object.entries(defaults).filter(([, value]) => value === true);
  return granted.map(([name]) => name.replace('default_', '')).join(', ') || 'nothing';
}

function patternOf(endpoint: string): RegExp {
  return new RegExp(`^${endpoint.replace(/\{\w+\}/g, '[^/]+')}$`);
}
