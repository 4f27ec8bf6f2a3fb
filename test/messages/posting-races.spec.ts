import { setTimeout as sleep } from 'node:timers/promises';
import { type SessionClient } from '../client/client.js';
import { readMessage } from '../client/message.js';
import { Actors } from '../support/actors.js';
import { startServer, type TestServer } from '../support/server.js';

const POSTERS = 20;
const POSTS_EACH = 6;
const POLLERS = 5;
/** Milliseconds in which a change reaches the other process of a busy machine; it does within a few. */
const PATIENCE = 60_000;

describe('many who post while others poll', () => {
  let server: TestServer;
  let actors: Actors;

  beforeAll(async () => {
    server = await startServer({ workers: 2, env: { POST_RATE_LIMIT: '10000' } });
    actors = new Actors(server);
  });

  afterAll(() => server.stop());

  it('reach each poller once, in order, whichever process answers', async () => {
    const posters = actors.crowd(POSTERS);
    const seqnos: number[] = [];
    let posting = true;
    let givenUpAt = Infinity;

    const post = async (poster: SessionClient, name: number): Promise<void> => {
      for (let index = 0; index < POSTS_EACH; index += 1) {
        const { json } = (await poster.postMessage('lobby', `${name}.${index}`)).expect(201);
        seqnos.push(json.seqno);
      }
    };
    const poll = async (poller: SessionClient): Promise<[seqno: number, text: string | undefined][]> => {
      const seen: [number, string | undefined][] = [];
      // Once all is posted and seen, a last poll finds nothing.
      for (let since = 0, last = false; !last;) {
        last = !posting && (seen.length >= POSTERS * POSTS_EACH || performance.now() > givenUpAt);
        const rows = (await poller.messagesSince('lobby', since, { limit: 7 })).expect(200).json;
        for (const { seqno, data } of rows) seen.push([seqno, readMessage(data ?? '').body]);
        since = rows.at(-1)?.seqno ?? since;
        if (rows.length > 0) last = false;
        else await sleep(30);
      }
      return seen;
    };

    const pollers = Array.from({ length: POLLERS }, (_, index) => poll(actors.person(`poller ${index}`)));
    await Promise.all(posters.map(post));
    givenUpAt = performance.now() + PATIENCE;
    posting = false;

    const expectedSeqnos = Array.from({ length: POSTERS * POSTS_EACH }, (_, index) => index + 1);
    expect([...seqnos].sort((a, b) => a - b)).toEqual(expectedSeqnos);
    const texts = posters.flatMap((_, name) =>
      Array.from({ length: POSTS_EACH }, (_post, index) => `${name}.${index}`),
    );
    for (const seen of await Promise.all(pollers)) {
      expect(seen.map(([seqno]) => seqno)).toEqual(expectedSeqnos);
      expect(seen.map(([, text]) => text).sort()).toEqual([...texts].sort());
    }
  });

  it('keep to the rate even when their posts come all at once to two processes', async () => {
    await server.restart({ POST_RATE_LIMIT: '5' });
    const again = new Actors(server);
    await server.addRoom('calm');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => again.person('hasty').postMessage('calm', 'spam')),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it('can’t claim one file for two messages', async () => {
    const alice = new Actors(server).alice;
    await server.addRoom('files');
    const { id: file } = (await alice.upload('files', Buffer.from('picture'))).expect(201).json;
    const posts = await Promise.all(
      ['one', 'two', 'three'].map((text) => alice.postMessage('files', text, { files: [file] })),
    );
    const [claimed, ...others] = posts.map((answer) => answer.expect(201).json.id).sort((a, b) => a - b);
    expect(await server.sql('SELECT message_id::int AS id FROM files WHERE id = $1', [file])).toEqual([
      { id: claimed },
    ]);
    for (const id of others) (await alice.deleteMessage('files', id)).expect(200);
    expect((await alice.download('files', file)).status).toBe(200);
    (await alice.deleteMessage('files', claimed ?? 0)).expect(200);
    expect((await alice.download('files', file)).status).toBe(404);
  });
});
