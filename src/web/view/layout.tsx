import { type ComponentChildren, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { type Settings } from '../../foundation/config/settings.js';
import { type SiteService } from '../site/site.service.js';
import { type Speech, SpeechContext, useSpeech } from '../language/speech.js';
import { Sentence, SESSION } from './parts.js';

/** The things that every page refers to and says, in one language. */
export interface PageFrame {
  speech: Speech;
  site: SiteService;
  /** Without a slash at its end. */
  publicUrl: string;
  robots: Settings['webRobots'];
  assets: { styleSheet: string; script: string; icon: string; touchIcon: string; preview: string };
}

interface LayoutProps {
  frame: PageFrame;
  title: string;
  description?: string | undefined;
  /** Where the page lies; undefined for one that has no address of its own. */
  path?: string | undefined;
  /** The operator sets which kinds search engines may list (WEB_ROBOTS); a page of no kind is never listed. */
  kind?: 'front' | 'room' | undefined;
  /** The picture that other sites show with a link to the page, in place of the server's. */
  picture?: string | undefined;
  /** Where the feed of the page lies. */
  feed?: { path: string; title: string } | undefined;
  /** Whether the page fills the window like an application, and has no head and foot of its own. */
  fillsWindow?: boolean;
  children: ComponentChildren;
}

/** The whole document around a page. */
export function Layout({ frame, fillsWindow = false, children, ...about }: LayoutProps): VNode {
  const { speech } = frame;
  return (
    <html lang={speech.language} dir={speech.direction}>
      <Head frame={frame} {...about} />
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
              <Imprint frame={frame} />
            </footer>
          )}
        </body>
      </SpeechContext.Provider>
    </html>
  );
}

function Head({
  frame: { site, assets, publicUrl, robots },
  title,
  description,
  path,
  kind,
  picture,
  feed,
}: Omit<LayoutProps, 'fillsWindow' | 'children'>): VNode {
  const isListed = (kind === 'front' && robots !== 'none') || (kind === 'room' && robots === 'all');
  const { light, dark } = site.themeColours;
  return (
    <head>
      <meta charset="utf-8" />
      <title>{title}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" content={light} media="(prefers-color-scheme: light)" />
      <meta name="theme-color" content={dark} media="(prefers-color-scheme: dark)" />
      {description !== undefined && <meta name="description" content={description} />}
      {!isListed && <meta name="robots" content="noindex" />}
      <meta property="og:site_name" content={site.name} />
      <meta property="og:type" content="website" />
      <meta property="og:title" content={title} />
      {description !== undefined && <meta property="og:description" content={description} />}
      <meta property="og:image" content={publicUrl + (picture ?? assets.preview)} />
      <meta name="twitter:card" content={picture === undefined ? 'summary_large_image' : 'summary'} />
      {path !== undefined && <meta property="og:url" content={publicUrl + path} />}
      {path !== undefined && <link rel="canonical" href={publicUrl + path} />}
      <link rel="icon" type="image/svg+xml" href={assets.icon} />
      <link rel="apple-touch-icon" href={assets.touchIcon} />
      <link rel="manifest" href="/manifest.webmanifest" />
      {feed && <link rel="alternate" type="application/atom+xml" href={feed.path} title={feed.title} />}
      <link rel="stylesheet" href={assets.styleSheet} />
      <script type="module" src={assets.script} />
    </head>
  );
}

/** The name of the community, which leads to its front page. */
export function Brand({ frame }: { frame: PageFrame }): VNode {
  return (
    <a class="brand" href="/">
      <Mark />
      <span>
        <bdi>{frame.site.name}</bdi>
      </span>
    </a>
  );
}

/** The last lines of a page: how to reach the operator, and what this is. */
export function Imprint({ frame: { site } }: { frame: PageFrame }): VNode {
  const { texts } = useSpeech();
  const { contact, rules } = site;
  return (
    <>
      {(contact ?? rules) && (
        <p>
          {rules && <a href="/rules">{texts.index.rules}</a>}
          {rules && contact && ' · '}
          {contact && (
            <>
              {texts.index.contact}:{' '}
              {contact.kind === 'link' ? (
                <a href={contact.href} rel="noopener noreferrer">
                  {contact.text}
                </a>
              ) : (
                <bdi>{contact.text}</bdi>
              )}
            </>
          )}
        </p>
      )}
      <p>
        <Sentence text={texts.footer} session={SESSION} />
      </p>
    </>
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
