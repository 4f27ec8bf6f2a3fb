import { type VNode } from 'preact';
import { type Frame, Layout } from './layout.js';
import { Activity, Invitation, RoomAvatar, roomPath, type RoomSummary } from './parts.js';

/** The front page: the rooms that anyone may know of. */
export function IndexPage({ frame, rooms }: { frame: Frame; rooms: readonly RoomSummary[] }): VNode {
  return (
    <Layout
      frame={frame}
      title={`Communities at ${frame.host}`}
      description="Rooms that you can join with Session, the private messenger."
      indexed
    >
      <main id="main">
        <div class="hero">
          <h1>Come in, sit down, talk.</h1>
          <p>
            These rooms are open to everyone with <a href="https://getsession.org/download">Session</a>: no
            phone number, no email address.
          </p>
        </div>
        {rooms.length === 0 ? <NoRooms /> : <RoomList rooms={rooms} />}
      </main>
    </Layout>
  );
}

/** The front page of a server that does not list its rooms. */
export function UnlistedPage({ frame }: { frame: Frame }): VNode {
  return (
    <Layout frame={frame} title={frame.host} indexed>
      <main id="main">
        <div class="hero">
          <h1>By invitation.</h1>
          <p>This server does not list its rooms. Whoever invites you to one sends you its community URL.</p>
        </div>
      </main>
    </Layout>
  );
}

function RoomList({ rooms }: { rooms: readonly RoomSummary[] }): VNode {
  return (
    <ul class="rooms">
      {rooms.map((room) => (
        <li class="card room" key={room.token}>
          <RoomAvatar room={room} large />
          <div class="about">
            <h2>
              <a href={roomPath(room.token)}>
                <bdi>{room.name}</bdi>
              </a>
            </h2>
            <Activity room={room} />
          </div>
          {room.description !== undefined && (
            <p class="description" dir="auto">
              {room.description}
            </p>
          )}
          <details class="join">
            <summary>
              Join<span class="hidden"> {room.name}</span>
            </summary>
            <Invitation room={room} open />
          </details>
        </li>
      ))}
    </ul>
  );
}

/** It says the same whether there is no room at all or none that everyone may see. */
function NoRooms(): VNode {
  return (
    <section class="card empty">
      <h2>No public room yet</h2>
      <p>Is this your server? Two commands on it make it a community:</p>
      <ol>
        <li>
          Add a room:
          <pre tabIndex={0}>plaza room add lobby --name "The lobby"</pre>
        </li>
        <li>
          Make yourself its admin, by your Session ID:
          <pre tabIndex={0}>plaza mod add 05… --room lobby --admin</pre>
        </li>
      </ol>
      <p>Then load this page again: it shows the room with the URL and the code to join it.</p>
    </section>
  );
}
