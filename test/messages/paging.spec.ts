import { type SessionClient } from '../client/client.js';
import { type MessageUpdate } from '../client/types.js';
import { Actors } from '../support/actors.js';
import { SeededBytes } from '../support/seeded-bytes.js';
import { openServer, type OpenServer } from '../support/open-server.js';

const EMOJI = ['👍', '🎉', '❤️'];
const STEPS = 150;

/** The contents of a room, written down while it is changed. */
type RoomContent = Map<number, { data: string; reactions: Map<string, number> }>;

/** A client that reads a room by `since` in pages, and what it has understood so far. */
class PagingReader {
  readonly messages = new Map<number, { data: string; reactions: Record<string, number> }>();
  private since = 0;

  constructor(
    private readonly client: SessionClient,
    private readonly room: string,
    private readonly limit: number,
  ) {}

  /** Reads one page; false when it was not full. */
  async turnPage(): Promise<boolean> {
    const query = { limit: this.limit, t: 'r' };
    const rows = (await this.client.messagesSince(this.room, this.since, query)).expect(200).json;
    expect(rows.length).toBeLessThanOrEqual(this.limit);
    for (const row of rows) {
      expect(row.seqno).toBeGreaterThan(this.since);
      this.since = row.seqno;
      this.take(row);
    }
    return rows.length === this.limit;
  }

  async readToTheEnd(): Promise<void> {
    while (await this.turnPage());
  }

  private take({ id, data, deleted, reactions = {} }: MessageUpdate): void {
    const counts = Object.fromEntries(Object.entries(reactions).map(([emoji, { count }]) => [emoji, count]));
    if (deleted) this.messages.delete(id);
    else if (typeof data === 'string') this.messages.set(id, { data, reactions: counts });
    else this.takeReactions(id, counts);
  }

  private takeReactions(id: number, reactions: Record<string, number>): void {
    const known = this.messages.get(id);
    // Only what is left of a deleted message has no text that could have come first.
    if (known) known.reactions = reactions;
    else expect(reactions).toEqual({});
  }
}

describe('reading a room page by page', () => {
  let server: OpenServer;
  let actors: Actors;
  let authors: SessionClient[];

  beforeAll(async () => {
    server = await openServer({
      env: { POST_RATE_LIMIT: '10000', EDIT_RATE_LIMIT: '10000', REACTION_RATE_LIMIT: '10000' },
    });
    actors = new Actors(server);
    authors = actors.crowd(4);
  });

  afterAll(() => server.stop());

  const author = (index: number): SessionClient => authors[index % authors.length] ?? actors.alice;

  /** Changes the room in one random way, and the note of its content in the same way. */
  async function change(room: string, content: RoomContent, random: SeededBytes): Promise<void> {
    const ids = [...content.keys()];
    const id = ids[random.below(ids.length || 1)];
    const kind = random.below(10);
    if (id === undefined || kind < 3) {
      const { id: posted, data } = (await author(0).postMessage(room, `text ${random.below(1e9)}`)).json;
      content.set(posted, { data: data ?? '', reactions: new Map() });
      return;
    }
    const message = content.get(id) ?? { data: '', reactions: new Map<string, number>() };
    const emoji = EMOJI[random.below(EMOJI.length)] ?? '';
    if (kind < 4) {
      (await author(0).deleteMessage(room, id)).expect(200);
      content.delete(id);
    } else if (kind < 6) {
      const { data, signature } = author(0).messageBody(`edit ${random.below(1e9)}`);
      (await author(0).put(`/room/${room}/message/${id}`, { data, signature })).expect(200);
      message.data = data as string;
    } else if (kind < 9) {
      const { added } = (await author(random.below(4)).react(room, id, emoji)).expect(200).json;
      if (added) message.reactions.set(emoji, (message.reactions.get(emoji) ?? 0) + 1);
    } else {
      const { removed } = (await author(random.below(4)).unreact(room, id, emoji)).expect(200).json;
      if (removed) message.reactions.set(emoji, (message.reactions.get(emoji) ?? 0) - 1);
    }
  }

  it.each(['one', 'two', 'three'])(
    'loses no message, whatever happens between the pages (%s)',
    async (seed) => {
      const random = new SeededBytes(`paging ${seed}`);
      const room = `room-${seed}`;
      await server.addRoom(room);
      const content: RoomContent = new Map();
      const readers = [1, 2, 3, 7, 256].map((limit) => new PagingReader(actors.anonymous, room, limit));
      for (let step = 0; step < STEPS; step += 1) {
        await change(room, content, random);
        if (random.below(4) === 0) await readers[random.below(readers.length)]?.turnPage();
      }
      readers.push(new PagingReader(actors.alice, room, 2), new PagingReader(author(1), room, 256));
      const expected = new Map(
        [...content].map(([id, { data, reactions }]) => [
          id,
          { data, reactions: Object.fromEntries([...reactions].filter(([, count]) => count > 0)) },
        ]),
      );
      for (const reader of readers) {
        await reader.readToTheEnd();
        expect(new Map([...reader.messages].sort(([a], [b]) => a - b))).toEqual(expected);
      }
    },
  );

  it('delivers the text of a message whose reactions lie beyond the page', async () => {
    await server.addRoom('reacted');
    const posts = [];
    for (const text of ['a', 'b', 'c']) posts.push((await author(0).postMessage('reacted', text)).json);
    const [first, second, third] = posts;
    (await author(1).react('reacted', first?.id ?? 0, '👍')).expect(200);
    const page = async (since: number): Promise<unknown[]> =>
      (await actors.alice.messagesSince('reacted', since, { t: 'r', limit: 2 })).json.map((row) => [
        row.id,
        row.seqno,
        'data' in row,
      ]);
    expect(await page(0)).toEqual([
      [first?.id, 1, true],
      [second?.id, 2, true],
    ]);
    expect(await page(2)).toEqual([
      [third?.id, 3, true],
      [first?.id, 4, false],
    ]);
  });
});
