import { type VNode } from 'preact';
import { roomPath, type RoomSummary, type SearchResults } from '../contents/room-content.js';
import { filledIn } from '../language/speech.js';
import { RoomAvatar } from './avatar.js';
import { type PageFrame, Layout } from './layout.js';
import { SearchForm } from './parts.js';
import { PostItem } from './post.js';

interface SearchProps {
  frame: PageFrame;
  room: RoomSummary;
  results: SearchResults;
}

/** The messages of a room that have some words; each leads to its place. */
export function SearchPage({ frame, room, results: { query, posts, older } }: SearchProps): VNode {
  const { search: texts } = frame.speech.texts;
  const title = filledIn(texts.title, { room: room.name });
  return (
    <Layout frame={frame} title={`${title} · ${frame.site.name}`}>
      <main id="main" class="search-page">
        <a class="way-back" href={roomPath(room.token)}>
          <RoomAvatar room={room} />
          <bdi>{room.name}</bdi>
        </a>
        <h1>{title}</h1>
        <SearchForm room={room} query={query} />
        <p class="hint">{headline(texts, query, posts.length)}</p>
        <ol class="posts">
          {posts.map((post) => (
            <PostItem room={room.token} post={post} prefix="m" dated key={post.id} />
          ))}
        </ol>
        <nav class="pages" aria-label={title}>
          {older !== undefined && (
            <a
              rel="next"
              href={`${roomPath(room.token)}/search?q=${encodeURIComponent(query)}&before=${older}`}
            >
              {texts.older}
            </a>
          )}
          <a href={roomPath(room.token)}>{texts.back}</a>
        </nav>
      </main>
    </Layout>
  );
}

function headline(texts: PageFrame['speech']['texts']['search'], query: string, count: number): string {
  if (query.trim() === '') return texts.hint;
  return filledIn(count > 0 ? texts.found : texts.nothing, { query: query.trim() });
}
