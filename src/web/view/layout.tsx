import { type ComponentChildren, type VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';

/** The files that every page refers to. */
export interface Frame {
  /** Host name of the community. */
  host: string;
  styleSheets: readonly string[];
  script: string;
  icon: string;
}

interface LayoutProps {
  frame: Frame;
  title: string;
  description?: string | undefined;
  /** Whether search engines may list the page; what people wrote is not for them. */
  indexed?: boolean;
  children: ComponentChildren;
}

/** The whole document around a page. */
export function Layout({ frame, title, description, indexed = false, children }: LayoutProps): VNode {
  return (
    <html lang="en">
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
        {frame.styleSheets.map((path) => (
          <link rel="stylesheet" href={path} key={path} />
        ))}
        <script type="module" src={frame.script} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <a class="brand" href="/">
            <Mark />
            <span>{frame.host}</span>
          </a>
        </header>
        {children}
        <footer class="bottom">
          <p>
            A community for <a href="https://getsession.org/">Session</a>, the private messenger. Powered by
            Plaza.
          </p>
        </footer>
      </body>
    </html>
  );
}

/** A whole page as HTML. */
export function toDocument(page: VNode): string {
  return `<!doctype html>${toFragment(page)}`;
}

/** A part of a page as HTML. */
export function toFragment(part: VNode): string {
  return renderToString(part);
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
