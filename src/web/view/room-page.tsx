import { type VNode } from 'preact';
import { type ShownPost } from '../contents/post.js';
import { type Frame, Layout } from './layout.js';
import { Activity, Invitation, RoomAvatar, roomPath, type RoomSummary } from './parts.js';
import { PostItem } from './post.js';

/** The messages of a room as its page shows them. */
export type Conversation =
  | {
      kind: 'shown';
      pinned: readonly ShownPost[];
      posts: readonly ShownPost[];
      isNewest: boolean;
      hasOlder: boolean;
    }
  /** Not everyone may read them. */
  | { kind: 'for members' }
  /** The server shows none in the browser. */
  | { kind: 'off' };

/** Everything that the page of a room shows. */
export interface RoomContent {
  room: RoomSummary;
  conversation: Conversation;
}

/** The page of a room. */
export function RoomPage({ frame, content }: { frame: Frame; content: RoomContent }): VNode {
  const { room, conversation } = content;
  const isLive = conversation.kind === 'shown' && conversation.isNewest;
  return (
    <Layout frame={frame} title={`${room.name} · ${frame.host}`} description={room.description}>
      <main id="main" class="room-page">
        <aside class="card">
          <div class="head">
            <RoomAvatar room={room} large />
            <div>
              <h1>
                <bdi>{room.name}</bdi>
              </h1>
              <Activity room={room} />
            </div>
          </div>
          {room.description !== undefined && (
            <p class="description" dir="auto">
              {room.description}
            </p>
          )}
          <h2>Join this room</h2>
          <ol class="steps">
            <li>
              Get <a href="https://getsession.org/download">Session</a> on your phone or computer.
            </li>
            <li>Tap +, then “Join Community”.</li>
            <li>Paste the community URL, or scan its QR code.</li>
          </ol>
          <Invitation room={room} />
        </aside>
        <div
          class="conversation"
          id="conversation"
          {...(isLive && { 'data-live': `${roomPath(room.token)}/live` })}
        >
          <ConversationView content={content} />
        </div>
      </main>
    </Layout>
  );
}

/** The parts of a room's page that change while it is open. The script puts them in their places. */
export function LiveParts({ content }: { content: RoomContent }): VNode {
  return (
    <>
      <Activity room={content.room} />
      <div class="conversation">
        <ConversationView content={content} />
      </div>
    </>
  );
}

function ConversationView({ content: { room, conversation } }: { content: RoomContent }): VNode {
  if (conversation.kind === 'shown') return <Posts room={room.token} conversation={conversation} />;
  return (
    <p class="nothing">
      {conversation.kind === 'for members'
        ? 'What is said in this room is for its members. Join it to read along.'
        : 'What is said in this room is read in Session. Join it to read along.'}
    </p>
  );
}

function Posts({
  room,
  conversation,
}: {
  room: string;
  conversation: Extract<Conversation, { kind: 'shown' }>;
}): VNode {
  const { pinned, posts, isNewest, hasOlder } = conversation;
  const oldest = posts.at(-1);
  return (
    <>
      {pinned.length > 0 && (
        <section class="pinned" aria-labelledby="pinned-title">
          <h2 id="pinned-title">Pinned</h2>
          <ol class="posts">
            {pinned.map((post) => (
              <PostItem room={room} post={post} prefix="p" key={post.id} />
            ))}
          </ol>
        </section>
      )}
      <section aria-labelledby="messages-title">
        <h2 id="messages-title">{isNewest ? 'Latest messages' : 'Earlier messages'}</h2>
        {posts.length === 0 ? (
          <p class="nothing">
            {isNewest ? 'Nobody has said anything yet.' : 'There are no earlier messages.'}
          </p>
        ) : (
          <ol class="posts">
            {posts.map((post) => (
              <PostItem room={room} post={post} prefix="m" key={post.id} />
            ))}
          </ol>
        )}
        {(!isNewest || hasOlder) && (
          <nav class="pages" aria-label="Pages">
            {!isNewest && <a href={roomPath(room)}>Latest messages</a>}
            {hasOlder && oldest && (
              <a rel="next" href={`${roomPath(room)}?before=${oldest.id}`}>
                Earlier messages
              </a>
            )}
          </nav>
        )}
      </section>
    </>
  );
}
