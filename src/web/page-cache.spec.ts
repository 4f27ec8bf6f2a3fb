import { PageCache, pageOf } from './page-cache.js';

let rendered: string[];
let cache: PageCache;

beforeEach(() => {
  rendered = [];
  cache = new PageCache(150);
});

async function get(key: string, bytes = 10): Promise<string> {
  const page = await cache.get(key, () => {
    rendered.push(key);
    return Promise.resolve('x'.repeat(bytes));
  });
  return page.etag;
}

it('the cache of pages renders a page once, also for parallel readers', async () => {
  await Promise.all([get('a'), get('a'), get('a')]);
  await get('a');
  expect(rendered).toEqual(['a']);
});

it('the cache of pages evicts the least recently used pages when it has no room for all', async () => {
  await get('a', 40);
  await get('b', 40);
  await get('a', 40);
  await get('c', 40);
  await get('a', 40);
  expect(rendered).toEqual(['a', 'b', 'c']);
  await get('b', 40);
  expect(rendered).toEqual(['a', 'b', 'c', 'b']);
});

it('the cache of pages serves a page that is larger than the cache without keeping it or losing count', async () => {
  await get('large', 200);
  await get('large', 200);
  await get('a');
  await get('a');
  expect(rendered).toEqual(['large', 'large', 'a']);
});

it('the cache of pages tries again after a failure', async () => {
  await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await get('a');
  expect(rendered).toEqual(['a']);
});

it('the cache of pages tags pages by their contents', () => {
  expect(pageOf('a').etag).toBe(pageOf('a').etag);
  expect(pageOf('a').etag).not.toBe(pageOf('b').etag);
  expect(pageOf('a').etag).toMatch(/^"[\w-]{22}"$/);
});
