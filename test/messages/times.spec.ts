import { type SessionClient } from '../client/client.js';
import { type MessageUpdate } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let crowd: SessionClient[];

beforeAll(async () => {
  server = await startServer({ workers: 2, env: { POST_RATE_LIMIT: '10000' } });
  crowd = new Actors(server).crowd(12);
});

afterAll(() => server.stop());

async function allPosts(room: string): Promise<MessageUpdate[]> {
  const reader = crowd[0] ?? new Actors(server).alice;
  return (await reader.messagesSince(room, 0, { limit: 256 })).expect(200).json;
}

async function postTogether(room: string, each: number): Promise<void> {
  const posts = crowd.flatMap((poster) =>
    Array.from({ length: each }, (_, index) => poster.postMessage(room, `${index}`)),
  );
  for (const answer of await Promise.all(posts)) answer.expect(201);
}

/** As a client makes whole milliseconds of the time of a message. */
const ROUNDINGS: [string, (milliseconds: number) => number][] = [
  ['Android, which rounds down', Math.floor],
  ['a client that rounds to the nearest', Math.round],
];

function expectTimesToRise(posts: readonly MessageUpdate[]): void {
  const inOrder = [...posts].sort((a, b) => a.id - b.id);
  for (const [, round] of ROUNDINGS) {
    const times = inOrder.map(({ posted = NaN }) => round(posted * 1000));
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  }
}

it('no two messages of a room share a millisecond, and it rises with the id, over two processes', async () => {
  await server.addRoom('busy');
  await postTogether('busy', 10);
  const posts = await allPosts('busy');
  expect(posts).toHaveLength(120);
  expectTimesToRise(posts);
});

it('times rise when every process dies, and when the clock of the database is set back', async () => {
  await server.addRoom('restarted');
  await postTogether('restarted', 2);
  // As if the posts had been made by a clock that was a minute ahead.
  await server.sql(`UPDATE rooms SET latest_posted_ms = latest_posted_ms + 60000 WHERE token = 'restarted'`);
  await server.sql(
    `UPDATE messages SET posted_at = posted_at + 60 WHERE room_id = (SELECT id FROM rooms WHERE token = 'restarted')`,
  );
  await server.kill('SIGKILL');
  await server.restart();
  crowd = new Actors(server).crowd(12);
  await postTogether('restarted', 2);
  const posts = await allPosts('restarted');
  expect(posts).toHaveLength(48);
  expectTimesToRise(posts);
});

it('a message posted to a quiet room has the time of the server', async () => {
  await server.addRoom('quiet');
  const before = Date.now();
  const { posted } = (await crowd[0]?.postMessage('quiet', 'hello'))?.expect(201).json ?? { posted: 0 };
  expect(posted * 1000).toBeGreaterThanOrEqual(before);
  expect(posted * 1000).toBeLessThanOrEqual(Date.now() + 1);
});
