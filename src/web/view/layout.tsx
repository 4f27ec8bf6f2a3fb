import { type ComponentChildren, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { type Speech, SpeechContext, useSpeech } from '../language/speech.js';
import { Sentence, SESSION } from './parts.js';

/** The things that every page refers to and says, in one language. */
export interface Frame {
  speech: Speech;
  /** Host name of the community. */
  host: string;
  styleSheet: string;
  script: string;
  icon: string;
}

interface LayoutProps {
  frame: Frame;
  title: string;
  description?: string | undefined;
  /** Whether search engines may list the page; what people wrote is not for them. */
  indexed?: boolean;
  /** Whether the page fills the window like an application, and has no head and foot of its own. */
  fillsWindow?: boolean;
  children: ComponentChildren;
}

/** The whole document around a page. */
export function Layout({
  frame,
  title,
  description,
  indexed = false,
  fillsWindow = false,
  children,
}: LayoutProps): VNode {
  const { speech } = frame;
  return (
    <html lang={speech.language} dir={speech.direction}>
      <head>
        <meta charset="utf-8" />
        <title>{title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        {description !== undefined && <meta name="description" content={description} />}
        {!indexed && <meta name="robots" content="noindex" />}
        <meta property="og:title" content={title} />
        {description !== undefined && <meta property="og:description" content={description} />}
        <link rel="icon" type="image/svg+xml" href={frame.icon} />
        <link rel="stylesheet" href={frame.styleSheet} />
        <script type="module" src={frame.script} />
      </head>
      <SpeechContext.Provider value={speech}>
        <body {...(fillsWindow && { class: 'whole' })}>
          <a class="skip" href="#main">
            {speech.texts.skip}
          </a>
          {!fillsWindow && (
            <header class="top">
              <Brand frame={frame} />
            </header>
          )}
          {children}
          {!fillsWindow && (
            <footer class="bottom">
              <Imprint />
            </footer>
          )}
        </body>
      </SpeechContext.Provider>
    </html>
  );
}

/** The name of the community, which leads to its front page. */
export function Brand({ frame }: { frame: Frame }): VNode {
  return (
    <a class="brand" href="/">
      <Mark />
      <span>{frame.host}</span>
    </a>
  );
}

/** The last line of a page. */
export function Imprint(): VNode {
  const { texts } = useSpeech();
  return (
    <p>
      <Sentence text={texts.footer} session={SESSION} />
    </p>
  );
}

/** A whole page as HTML. */
export function toDocument(page: VNode): string {
  return `<!doctype html>${renderToString(page)}`;
}

/** A part of a page as HTML. */
export function toFragment(speech: Speech, part: VNode): string {
  return renderToString(<SpeechContext.Provider value={speech}>{part}</SpeechContext.Provider>);
}

/** Plaza's mark: people around a square. */
function Mark(): VNode {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="9" />
      <rect class="mark-square" x="11.5" y="11.5" width="9" height="9" rx="2.5" />
      <circle class="mark-person" cx="16" cy="6.5" r="2.4" />
      <circle class="mark-person" cx="25.5" cy="16" r="2.4" />
      <circle class="mark-person" cx="16" cy="25.5" r="2.4" />
      <circle class="mark-person" cx="6.5" cy="16" r="2.4" />
    </svg>
  );
}
