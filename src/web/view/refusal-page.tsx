import { type VNode } from 'preact';
import { type Frame, Layout } from './layout.js';

/** Tells a person what went wrong with what they asked for. */
export function RefusalPage({
  frame,
  status,
  message,
}: {
  frame: Frame;
  status: number;
  message: string;
}): VNode {
  return (
    <Layout frame={frame} title={`${message} · ${frame.host}`}>
      <main id="main">
        <div class="hero">
          <p class="status">{status}</p>
          <h1>{status === 404 ? 'There is nothing here.' : 'That did not work.'}</h1>
          <p>{message}.</p>
          <p>
            <a class="button" href="/">
              To the front page
            </a>
          </p>
        </div>
      </main>
    </Layout>
  );
}
