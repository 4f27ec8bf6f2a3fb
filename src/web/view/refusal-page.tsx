import { type VNode } from 'preact';
import { roomPath } from '../contents/room-content.js';
import { type PageFrame, Layout } from './layout.js';

interface RefusalProps {
  frame: PageFrame;
  /** HTTP status. */
  status: number;
  /** The reason, as a sentence. */
  message: string;
  /** Token of the room that was asked for something in, when there is one. */
  room: string | undefined;
}

/** Tells a person what went wrong with what they asked for. */
export function RefusalPage({ frame, status, message, room }: RefusalProps): VNode {
  const { refusal } = frame.speech.texts;
  const headline = status === 404 ? refusal.missing : refusal.failed;
  return (
    <Layout frame={frame} title={`${headline} · ${frame.site.name}`}>
      <main id="main">
        <div class="hero">
          <p class="status">{status}</p>
          <h1>{headline}</h1>
          <p>{message}</p>
          <p class="ways">
            {room !== undefined && (
              <a class="button" href={roomPath(room)}>
                {refusal.toRoom}
              </a>
            )}
            <a class={room === undefined ? 'button' : 'button quiet'} href="/">
              {refusal.toFront}
            </a>
          </p>
        </div>
      </main>
    </Layout>
  );
}
