/** The `Accept` header of a browser. */
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

/** Asks like a browser that opens a page, without following redirects. */
export function open(url: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { accept: BROWSER, ...(init.headers as Record<string, string> | undefined) };
  return fetch(`${url}${path}`, { redirect: 'manual', ...init, headers });
}

/** The HTML of a page that must be there. */
export async function pageAt(url: string, path: string): Promise<string> {
  const response = await open(url, path);
  if (response.status !== 200) throw new Error(`${path} is answered with ${response.status}`);
  return response.text();
}

/** The text of a page as a person reads it, without the tags. */
export function readable(html: string): string {
  return html
    .replace(/<head>.*?<\/head>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

/** A picture of one pixel. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);
