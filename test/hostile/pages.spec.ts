import { encodeFields } from '../client/protobuf.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';
import { workerCpuSeconds } from '../support/worker-cpu.js';

/** Bytes of a room's page with its thirty posts. */
const LARGEST_PAGE = 1_500_000;
const REQUESTS = 20;
/** Seconds of CPU for rendering a page once and sending it several times. */
const MOST_SECONDS = 1;

let server: TestServer;
let actors: Actors;
let rooms = 0;

beforeAll(async () => {
  server = await startServer({ env: { POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server);
});

afterAll(() => server.stop());

function times<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value);
}

/** The bytes of a `Content` whose data message has these fields. */
function message(...fields: Parameters<typeof encodeFields>[0]): Buffer {
  return encodeFields([[1, encodeFields(fields)]]);
}

const PREVIEW = encodeFields([
  [1, 'http://a'],
  [2, 'x'],
]);

it.each([
  ['thousands of previews', message([1, 'look'], ...times(4_000, [10, PREVIEW] as const))],
  [
    'a hundred previews with long addresses',
    message(...times(100, [10, encodeFields([[1, `http://a/${'x'.repeat(600)}`]])] as const)),
  ],
  ['thousands of attachments', message(...times(10_000, [2, encodeFields([[7, 'f']])] as const))],
  ['thousands of links', message([1, 'http://a '.repeat(6_000)])],
  ['thousands of mentions', message([1, `@15${'ab'.repeat(32)} `.repeat(900)])],
  ['characters that are long in HTML', message([1, '"&<>'.repeat(15_000)])],
  ['a quote without end', message([1, 'so'], [8, encodeFields([[3, 'q'.repeat(60_000)]])])],
  ['names without end', message([1, 'hi'], [101, encodeFields([[1, 'n'.repeat(60_000)]])])],
  ['data messages nested in each other', Buffer.concat(times(1_000, message([1, 'again'])))],
])('posts with %s make no page that is large or costly', async (_what, data) => {
  const room = `pages-${++rooms}`;
  await server.sql(`INSERT INTO rooms (token, name, created_at) VALUES ($1, $1, extract(epoch FROM now()))`, [
    room,
  ]);
  for (const person of actors.crowd(10)) {
    for (let count = 0; count < 3; count++) {
      (await person.postMessage(room, '', { data: data.subarray(0, 65_536) })).expect(201);
    }
  }
  const start = await workerCpuSeconds(server);
  for (let count = 0; count < REQUESTS; count++) {
    const page = await fetch(`${server.url}/r/${room}`);
    expect(page.status).toBe(200);
    expect((await page.arrayBuffer()).byteLength).toBeLessThan(LARGEST_PAGE);
  }
  expect((await workerCpuSeconds(server)) - start).toBeLessThan(MOST_SECONDS);
});

it('an honest long message with ten attachments, a quote and a preview is shown in full', async () => {
  const attachments = Array.from({ length: 10 }, (_, index) => ({
    id: index + 1,
    fileName: `file-${index}.txt`,
  }));
  const text = 'A long story. '.repeat(140);
  const { id } = (
    await actors.alice.postMessage('lobby', text, {
      attachments,
      quote: { timestamp: Date.now(), author: actors.bob.id, text: 'Tell us' },
      preview: { url: 'https://example.org/story', title: 'The story' },
    })
  ).expect(201).json;
  const html = await (await fetch(`${server.url}/r/lobby`)).text();
  expect(html).toContain(`m${id}`);
  expect(html).toContain(text.trim());
  for (const { fileName } of attachments) expect(html).toContain(fileName);
  expect(html).toContain('https://example.org/story');
});
