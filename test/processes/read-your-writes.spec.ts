import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../client/client.js';
import { Actors, identityOf } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerMemory } from '../support/worker-memory.js';

/** Pairs of a write and a read for each kind of request, which several people make at once. */
const PAIRS = 240;
const PEOPLE = 8;
/** Connections of one person; new ones go to the workers in turn. */
const CONNECTIONS = 4;

let server: TestServer;
let boss: SessionClient;

beforeAll(async () => {
  server = await startServer({
    workers: 2,
    env: {
      POST_RATE_LIMIT: '100000',
      EDIT_RATE_LIMIT: '10000',
      REACTION_RATE_LIMIT: '10000',
      RATE_LIMIT_PER_KEY: '0',
    },
  });
  boss = await new Actors(server).globalAdmin();
  (await boss.postMessage('lobby', 'welcome')).expect(201);
});

afterAll(() => server.stop());

/** The same person over several connections, so that some of them end at each worker. */
async function connections(name: string): Promise<SessionClient[]> {
  const clients = Array.from({ length: CONNECTIONS }, () => server.client(identityOf(name)));
  for (const client of clients) (await client.pollInfo('lobby')).expect(200);
  return clients;
}

type Pair = (writer: SessionClient, reader: SessionClient, round: number) => Promise<boolean>;

const KINDS: [string, Pair][] = [
  [
    'a post',
    async (writer, reader) => {
      const { seqno } = (await writer.postMessage('lobby', 'hello')).expect(201).json;
      const rows = (await reader.messagesSince('lobby', seqno - 1)).expect(200).json;
      return rows[0]?.seqno === seqno;
    },
  ],
  [
    'an edit and a deletion',
    async (writer, reader) => {
      const { id } = (await writer.postMessage('lobby', 'hello')).expect(201).json;
      (await writer.editMessage('lobby', id, 'hello again')).expect(200);
      const edited = (await reader.message('lobby', id)).expect(200).json;
      (await writer.deleteMessage('lobby', id)).expect(200);
      return edited.edited !== undefined && (await reader.message('lobby', id)).status === 404;
    },
  ],
  [
    'a direct message',
    async (writer, reader) => {
      const sent = (await writer.sendDirectMessage(boss.id, Buffer.from('psst'))).expect(201).json;
      return (await reader.outbox(sent.id - 1)).json.some(({ id }) => id === sent.id);
    },
  ],
  [
    'an appointment',
    async (writer, reader, round) => {
      const moderator = round % 2 === 0;
      (await boss.setRole(writer.id, { rooms: ['lobby'] }, { moderator })).expect(200);
      const own = (await reader.room('lobby')).expect(200).json;
      return own.moderator === moderator && own.moderators.includes(writer.id) === moderator;
    },
  ],
];

it.each(KINDS)('%s is there for the next request, whichever worker takes it', async (_what, pair) => {
  let missed = 0;
  await Promise.all(
    Array.from({ length: PEOPLE }, async (_, person) => {
      const clients = await connections(`person ${person}`);
      for (let round = 0; round < PAIRS / PEOPLE; round++) {
        const [writer, reader] = [clients[round % CONNECTIONS], clients[(round + 1) % CONNECTIONS]];
        if (!writer || !reader) throw new Error('A person has too few connections');
        if (!(await pair(writer, reader, round))) missed++;
      }
    }),
  );
  expect(missed).toBe(0);
});

it('a worker that was stopped for a while answers with the latest writes', async () => {
  const clients = await connections('alice');
  const [stopped] = await workerMemory(server);
  if (!stopped) throw new Error('There is no worker');
  for (let round = 0; round < 10; round++) {
    process.kill(stopped.pid, 'SIGSTOP');
    // A client that is answered while one worker is stopped is connected to the other.
    const answers = clients.map((client) => client.capabilities());
    const first = await Promise.any(answers.map(async (answer, index) => answer.then(() => index)));
    const writer = clients[first];
    if (!writer) throw new Error('Nobody was answered');
    const { seqno } = (await writer.postMessage('lobby', `round ${round}`)).expect(201).json;
    process.kill(stopped.pid, 'SIGCONT');
    const seen = await Promise.all(clients.map((client) => client.messagesSince('lobby', seqno - 1)));
    expect(seen.map(({ json }) => json[0]?.seqno)).toEqual(clients.map(() => seqno));
    await Promise.all(answers);
    await sleep(round);
  }
});
