import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** A page as it is sent. */
export interface Page {
  /** UTF-8. */
  html: Buffer;
  /** Strong entity tag, quotes included. */
  etag: string;
}

/** A page of this HTML; the tag follows from what it says. */
export function pageOf(html: string): Page {
  const bytes = Buffer.from(html);
  const tag = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  return { html: bytes, etag: `"${tag}"` };
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
    this.pages = new LRUCache({ maxSize: capacity, sizeCalculation: ({ html }) => html.length || 1 });
  }

  /** The page under a key, rendered when it is not there; parallel calls share the work. */
  async get(key: string, render: () => Promise<string>): Promise<Page> {
    const known = this.pages.get(key);
    if (known) return known;
    const running = this.rendering.get(key);
    if (running) return running;
    const started = render().then(pageOf);
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
