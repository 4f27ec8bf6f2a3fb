import { type ShownPost } from './post.js';
import { threadOf } from './thread.js';

const NOON = Date.UTC(2026, 10, 21, 12) / 1000;

function post(id: number, sessionId: string, postedAt: number, name = sessionId): ShownPost {
  const nothing = { previews: [], invitations: [], files: [], reactions: [], quote: undefined };
  return { id, author: { sessionId, name }, postedAt, edited: false, text: [], ...nothing };
}

function outline(posts: ShownPost[]): string[] {
  return threadOf(posts).map((line) => {
    if (line.kind === 'day') return new Date(line.at * 1000).toISOString().slice(0, 10);
    return `${line.post.id}${line.joined ? ' joined' : ''}`;
  });
}

it('a conversation joins posts of one author within ten minutes, and begins anew on another day', () => {
  expect(
    outline([
      post(1, 'alice', NOON),
      post(2, 'alice', NOON + 600),
      post(3, 'bob', NOON + 601),
      post(4, 'alice', NOON + 602),
      post(5, 'alice', NOON + 1203),
      post(6, 'alice', NOON + 1204, 'another name'),
      post(7, 'alice', NOON + 12 * 3600, 'another name'),
      post(8, 'alice', NOON + 12 * 3600 + 1, 'another name'),
    ]),
  ).toEqual(['2026-11-21', '1', '2 joined', '3', '4', '5', '6', '2026-11-22', '7', '8 joined']);
});

it('a conversation without posts is empty', () => {
  expect(threadOf([])).toEqual([]);
});
