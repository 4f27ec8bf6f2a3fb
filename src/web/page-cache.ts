import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';

const gzipAsync = promisify(gzip);

/** A page as it is sent. */
export interface Page {
  /** UTF-8. */
  html: Buffer;
  /** The same, compressed by gzip; undefined where that was not worth it. */
  packed: Buffer | undefined;
  /** Strong entity tag of the page as it is, quotes included. */
  etag: string;
}

/** A page of this HTML; the tag follows from what it says. */
export function pageOf(html: string): Page {
  const bytes = Buffer.from(html);
  const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { html: bytes, packed: undefined, etag: `"${tag}"` };
}

/** A page of this HTML that is sent compressed to those who take that: a sixth of its bytes. It has no secret in it. */
export async function packedPageOf(html: string): Promise<Page> {
  const page = pageOf(html);
  return { ...page, packed: await gzipAsync(page.html) };
}

/**
 * Rendered pages under keys that name all that they depend on, so that an entry is never stale: it is only no longer
 * asked for. The least recently used leave when the pages take more than their share of memory.
 */
export class PageCache {
  private readonly pages: LRUCache<string, Page>;
  private readonly rendering = new Map<string, Promise<Page>>();

  /** @param capacity bytes that the pages may take together */
  constructor(capacity: number) {
    this.pages = new LRUCache({
      maxSize: capacity,
      sizeCalculation: ({ html, packed }) => html.length + (packed?.length ?? 0) || 1,
    });
  }

  /** The page under a key, rendered when it is not there; parallel calls share the work. */
  async get(key: string, render: () => Promise<string>): Promise<Page> {
    const known = this.pages.get(key);
    if (known) return known;
    const running = this.rendering.get(key);
    if (running) return running;
    const started = render().then(packedPageOf);
    this.rendering.set(key, started);
    try {
      const page = await started;
      this.pages.set(key, page);
      return page;
    } finally {
      this.rendering.delete(key);
    }
  }
}
