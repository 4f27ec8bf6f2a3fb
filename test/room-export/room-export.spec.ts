import { Actors } from '../support/actors.js';
import { openServer, type OpenServer } from '../support/open-server.js';

let server: OpenServer;
let actors: Actors;

beforeAll(async () => {
  server = await openServer({ env: { POST_RATE_LIMIT: '1000' } });
  actors = new Actors(server);
});

afterAll(() => server.stop());

async function exported(room: string): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await server.plaza('room', 'export', room);
  if (code !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('an export writes a room and all its messages, one JSON object a line', async () => {
  const { alice, bob } = actors;
  const mod = await actors.moderator();
  const { id: file } = (await alice.upload('lobby', Buffer.from('meow'), 'cat.png')).expect(201).json;
  const cat = (await alice.postMessage('lobby', 'the cat\nsleeps', { files: [file] })).expect(201).json;
  (await bob.react('lobby', cat.id, '😺')).expect(200);
  (await mod.react('lobby', cat.id, '😺')).expect(200);
  const whisper = (await mod.postMessage('lobby', 'psst', { whisperTo: bob.id })).expect(201).json;
  const gone = (await bob.postMessage('lobby', 'oops')).expect(201).json;
  (await bob.deleteMessage('lobby', gone.id)).expect(200);

  const [room, ...messages] = await exported('LOBBY');
  expect(room).toMatchObject({ type: 'room', token: 'lobby', server_public_key: server.publicKey });
  expect(room?.staff).toEqual([{ session_id: mod.id, admin: false, visible: true }]);
  expect(messages.map(({ id }) => id)).toEqual([cat.id, whisper.id, gone.id]);
  expect(messages[0]).toMatchObject({
    type: 'message',
    session_id: alice.id,
    text: 'the cat\nsleeps',
    data: cat.data,
    signature: cat.signature,
    files: [{ id: file, filename: 'cat.png', size: 4 }],
    reactions: {
      '😺': [
        [bob.id, expect.any(Number)],
        [mod.id, expect.any(Number)],
      ],
    },
  });
  expect(messages[1]).toMatchObject({ text: 'psst', whisper: true, whisper_mods: false, whisper_to: bob.id });
  expect(messages[2]).toMatchObject({ deleted: true, session_id: bob.id });
  expect(messages[2]).not.toHaveProperty('data');
});

it('an export writes more messages than it reads at once, each once and in order', async () => {
  await server.plaza('room', 'add', 'long');
  const [room] = await server.sql(`SELECT id FROM rooms WHERE token = 'long'`);
  await server.sql(
    `INSERT INTO messages (room_id, user_id, posted_at, seqno, seqno_data, seqno_creation, data, padded_size, signature)
     SELECT $1, (SELECT min(id) FROM users), i, i, i, i, '\\x01', 1, '\\x02' FROM generate_series(1, 1001) AS i`,
    [room?.id],
  );
  const [, ...messages] = await exported('long');
  expect(messages.map(({ seqno }) => seqno)).toEqual(Array.from({ length: 1001 }, (_, index) => index + 1));
  expect(messages[0]).toMatchObject({ text: null, data: 'AQ==' });
});

it('an export of a room that does not exist writes nothing', async () => {
  expect(await server.plaza('room', 'export', 'nowhere')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'plaza: No such room\n',
  });
});
