import { type ComponentChildren, type VNode } from 'preact';
import { cutText } from '../contents/format.js';
import { type QrCode } from '../contents/qr-code.js';
import {
  messagePath,
  roomPath,
  type Conversation,
  type RoomContent,
  type RoomSummary,
} from '../contents/room-content.js';
import { threadOf } from '../contents/thread.js';
import { useSpeech } from '../language/speech.js';
import { RoomAvatar } from './avatar.js';
import { Brand, type PageFrame, Imprint, Layout } from './layout.js';
import { Activity, CommunityUrl, InlineCode, Moment, SearchForm, JoinSteps } from './parts.js';
import { PostItem } from './post.js';

type ShownConversation = Extract<Conversation, { kind: 'shown' }>;

/** The page of a room. */
export function RoomPage({
  frame,
  content,
  code,
}: {
  frame: PageFrame;
  content: RoomContent;
  code: QrCode;
}): VNode {
  const { room, conversation } = content;
  const { texts } = frame.speech;
  const path = pathOf(content);
  return (
    <Layout
      frame={frame}
      title={`${room.name} · ${frame.site.name}`}
      description={descriptionOf(content) ?? texts.index.description}
      path={path}
      kind="room"
      picture={room.imageId === undefined ? undefined : `${roomPath(room.token)}/picture/${room.imageId}`}
      feed={
        conversation.kind === 'shown'
          ? { path: `${roomPath(room.token)}/feed.atom`, title: texts.room.feed }
          : undefined
      }
      fillsWindow
    >
      <main id="main" class="room-page">
        <Side frame={frame} room={room} code={code} />
        <ConversationView content={content} />
      </main>
    </Layout>
  );
}

/** Where the page lies: one with a message has an address of its own. */
function pathOf({ room, conversation }: RoomContent): string {
  const sought =
    conversation.kind === 'shown' && conversation.place.kind === 'at' ? conversation.place.id : undefined;
  return sought === undefined ? roomPath(room.token) : messagePath(room.token, sought).replace(/#.*/, '');
}

/** The message that the page was opened for, else what the room is about. */
function descriptionOf({ room, conversation }: RoomContent): string | undefined {
  if (conversation.kind !== 'shown' || conversation.place.kind !== 'at') return room.description;
  const { id } = conversation.place;
  const sought = conversation.posts.find((post) => post.id === id);
  const words = (sought?.text ?? []).map((part) => {
    if (part.kind === 'mention') return `@${part.name ?? ''}`;
    return part.kind === 'link' ? part.url : part.text;
  });
  return words.length === 0 ? room.description : cutText(words.join(''), 200);
}

/** The parts of a room's page that change while it is open. The script puts them in their places. */
export function LiveParts({ content }: { content: RoomContent }): VNode {
  return (
    <>
      <Activity room={content.room} />
      <ConversationView content={content} />
    </>
  );
}

interface SideProps {
  frame: PageFrame;
  room: RoomSummary;
  code: QrCode;
}

/** The room and how to join it: beside the conversation, or on a small screen above it. */
function Side({ frame, room, code }: SideProps): VNode {
  const { texts } = useSpeech();
  return (
    <aside class="side">
      <Brand frame={frame} />
      <div class="head">
        <RoomAvatar room={room} large />
        <div>
          <h1>
            <bdi>{room.name}</bdi>
          </h1>
          <Activity room={room} />
        </div>
      </div>
      {room.isSearched && <SearchLink room={room} />}
      <details class="more">
        <summary>{texts.join.button}</summary>
        <Panel frame={frame} room={room} code={code} />
      </details>
    </aside>
  );
}

/** The room's description, the search in it and the steps to join it. */
function Panel({ frame, room, code }: SideProps): VNode {
  const { texts } = useSpeech();
  return (
    <div class="panel">
      {room.description !== undefined && (
        <p class="description" dir="auto">
          {room.description}
        </p>
      )}
      {room.isSearched && <SearchForm room={room} />}
      <h2 id="join">{texts.join.title}</h2>
      <JoinSteps />
      <CommunityUrl room={room} />
      <InlineCode room={room} code={code} />
      {room.isOpen && (
        <p class="feed">
          <a href={`${roomPath(room.token)}/feed.atom`}>{texts.room.feed}</a>
        </p>
      )}
      <footer>
        <Imprint frame={frame} />
      </footer>
    </div>
  );
}

function SearchLink({ room }: { room: RoomSummary }): VNode {
  const { search } = useSpeech().texts;
  return (
    <a class="find" href={`${roomPath(room.token)}/search`}>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <circle cx="10.5" cy="10.5" r="6.5" />
        <path d="m15.5 15.5 5.5 5.5" />
      </svg>
      <span class="hidden">{search.label}</span>
    </a>
  );
}

function ConversationView({ content: { room, conversation } }: { content: RoomContent }): VNode {
  const { room: texts } = useSpeech().texts;
  if (conversation.kind === 'shown') return <Messages room={room} conversation={conversation} />;
  return (
    <div class="conversation">
      <ToJoin room={room}>{conversation.kind === 'for members' ? texts.forMembers : texts.off}</ToJoin>
    </div>
  );
}

/** Stands where there are no messages to read, and leads to how to join. */
function ToJoin({ room, children }: { room: RoomSummary; children: ComponentChildren }): VNode {
  const { join } = useSpeech().texts;
  return (
    <div class="nothing">
      <RoomAvatar room={room} large />
      <p>{children}</p>
      <p>
        <a class="button" href="#join">
          {join.title}
        </a>
      </p>
    </div>
  );
}

function Messages({
  room: summary,
  conversation,
}: {
  room: RoomSummary;
  conversation: ShownConversation;
}): VNode {
  const { room: texts } = useSpeech().texts;
  const { place } = conversation;
  const room = summary.token;
  const isNewest = place.kind === 'newest';
  return (
    <div
      class="conversation"
      id="conversation"
      {...(isNewest && { 'data-live': `${roomPath(room)}/live`, 'data-news': texts.news })}
    >
      <Pinned room={room} posts={conversation.pinned} />
      <section
        class={`scroller${place.kind === 'after' ? ' from-start' : ''}`}
        id="messages"
        aria-labelledby="messages-title"
        tabIndex={0}
      >
        <div class="thread">
          <h2 id="messages-title" class="hidden">
            {isNewest ? texts.newest : texts.messages}
          </h2>
          <Thread room={summary} conversation={conversation} />
        </div>
      </section>
      {isNewest && (
        <p class="news" role="status">
          <button type="button" hidden />
        </p>
      )}
    </div>
  );
}

/** The latest pinned message in a line, which opens all of them. */
function Pinned({ room, posts }: { room: string } & { posts: ShownConversation['pinned'] }): VNode | null {
  const { texts } = useSpeech();
  const [latest] = posts;
  if (!latest) return null;
  const words = (latest.text ?? []).map((part) => {
    if (part.kind === 'mention') return `@${part.name ?? ''}`;
    return part.kind === 'link' ? part.url : part.text;
  });
  const excerpt = [words.join(''), latest.files[0]?.name].find((part) => part !== undefined && part !== '');
  return (
    <details class="pinned">
      <summary>
        <span class="label">{texts.room.pinned}</span>
        <bdi class="excerpt">{excerpt ?? texts.post.aMessage}</bdi>
      </summary>
      <ol class="posts">
        {posts.map((post) => (
          <PostItem room={room} post={post} prefix="p" dated key={post.id} />
        ))}
      </ol>
    </details>
  );
}

function Thread({
  room: summary,
  conversation,
}: {
  room: RoomSummary;
  conversation: ShownConversation;
}): VNode {
  const { room: texts } = useSpeech().texts;
  const { place, posts, hasEarlier, hasNewer } = conversation;
  const room = summary.token;
  const [oldest, newest] = [posts[0], posts.at(-1)];
  return (
    <>
      {hasEarlier && oldest && (
        <nav class="pages" aria-label={texts.earlier}>
          <a rel="prev" href={`${roomPath(room)}?before=${oldest.id}`}>
            {texts.earlier}
          </a>
        </nav>
      )}
      {oldest ? <p class="utc">{texts.utc}</p> : <Nothing room={summary} place={place.kind} />}
      <Lines room={room} posts={posts} sought={place.kind === 'at' ? place.id : undefined} />
      {place.kind !== 'newest' && (
        <nav class="pages" aria-label={texts.newer}>
          {hasNewer && newest && (
            <a rel="next" href={`${roomPath(room)}?after=${newest.id}`}>
              {texts.newer}
            </a>
          )}
          <a href={roomPath(room)}>{texts.newest}</a>
        </nav>
      )}
    </>
  );
}

interface LinesProps {
  room: string;
  posts: ShownConversation['posts'];
  /** Id of the post that the page was opened for. */
  sought: number | undefined;
}

/** Posts with the days between them. */
function Lines({ room, posts, sought }: LinesProps): VNode {
  const beside = new Set(posts.map(({ id }) => id));
  return (
    <ol class="posts">
      {threadOf(posts).map((line) =>
        line.kind === 'day' ? (
          <li class="day" key={`day ${line.at}`}>
            <Moment at={line.at} form="day" />
          </li>
        ) : (
          <PostItem
            room={room}
            post={line.post}
            prefix="m"
            joined={line.joined}
            sought={line.post.id === sought}
            beside={beside}
            key={line.post.id}
          />
        ),
      )}
    </ol>
  );
}

function Nothing({ room, place }: { room: RoomSummary; place: ShownConversation['place']['kind'] }): VNode {
  const { room: texts } = useSpeech().texts;
  if (place === 'newest') {
    return (
      <ToJoin room={room}>
        <strong>{texts.empty}</strong>
        <br />
        {texts.emptyHint}
      </ToJoin>
    );
  }
  return <p class="nothing">{place === 'after' ? texts.nothingNewer : texts.nothingEarlier}</p>;
}
