import { type VNode } from 'preact';
import { roomPath, type RoomSummary } from '../contents/room-content.js';
import { filledIn, useSpeech } from '../language/speech.js';
import { RoomAvatar } from './avatar.js';
import { type PageFrame, Layout } from './layout.js';
import { Activity, JoinCode, SessionSentence } from './parts.js';

/** The front page: the rooms that anyone may know of. */
export function IndexPage({ frame, rooms }: { frame: PageFrame; rooms: readonly RoomSummary[] }): VNode {
  const { index: texts } = frame.speech.texts;
  return (
    <Layout
      frame={frame}
      title={filledIn(texts.title, { host: frame.site.name })}
      description={frame.site.headline ?? texts.description}
      path="/"
      kind="front"
    >
      <main id="main">
        <div class="hero">
          <h1 dir="auto">{frame.site.headline ?? texts.headline}</h1>
          <p>
            <SessionSentence text={texts.welcome} />
          </p>
        </div>
        {rooms.length === 0 ? <NoRooms /> : <RoomList rooms={rooms} />}
      </main>
    </Layout>
  );
}

/** The front page of a server that does not list its rooms. */
export function UnlistedPage({ frame }: { frame: PageFrame }): VNode {
  const { index: texts } = frame.speech.texts;
  return (
    <Layout frame={frame} title={frame.site.name} path="/" kind="front">
      <main id="main">
        <div class="hero">
          <h1>{texts.unlistedHeadline}</h1>
          <p>{texts.unlisted}</p>
        </div>
      </main>
    </Layout>
  );
}

function RoomList({ rooms }: { rooms: readonly RoomSummary[] }): VNode {
  const { join } = useSpeech().texts;
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
            <summary aria-label={filledIn(join.roomButton, { room: room.name })}>{join.button}</summary>
            <JoinCode room={room} />
          </details>
        </li>
      ))}
    </ul>
  );
}

/** It says the same whether there is no room at all or none that everyone may see. */
function NoRooms(): VNode {
  const { empty } = useSpeech().texts.index;
  return (
    <section class="card empty">
      <h2>{empty.title}</h2>
      <p>{empty.ask}</p>
      <ol>
        <li>
          {empty.addRoom}
          <pre tabIndex={0} dir="ltr">
            plaza room add lobby --name "The lobby"
          </pre>
        </li>
        <li>
          {empty.addAdmin}
          <pre tabIndex={0} dir="ltr">
            plaza mod add 05… --room lobby --admin
          </pre>
        </li>
      </ol>
      <p>{empty.then}</p>
    </section>
  );
}
