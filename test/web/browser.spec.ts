import axe from 'axe-core';
import { type Page } from 'playwright-core';
import { type SessionClient } from '../client/client.js';
import { Actors } from '../support/actors.js';
import { eventually } from '../support/eventually.js';
import { startServer, type TestServer } from '../support/server.js';
import { open, PIXEL } from './browsing.js';
import { type Browser, chromiumOrWarning, launch } from './chromium.js';

const SCRIPT = '<script>window.pwned = true</script>';
const BREAKOUT = `"><img src=x onerror="window.pwned = true">`;
const PAGES = ['/', '/r/lobby', '/r/lobby?before=20', '/r/den', '/r/nowhere'];
const SCREENS = [
  { name: 'phone', viewport: { width: 390, height: 844 } },
  { name: 'desktop', viewport: { width: 1280, height: 800 } },
];
const LOOKS = SCREENS.flatMap((screen) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ ...screen, colorScheme })),
);

const chromium = chromiumOrWarning();
const inChromium = chromium === undefined ? describe.skip : describe;

inChromium('in a real browser', () => {
  let server: TestServer;
  let alice: SessionClient;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({ env: { POST_RATE_LIMIT: '1000' } });
    await server.addRoom('den', { name: `${BREAKOUT}${SCRIPT}`, description: SCRIPT });
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
    const actors = new Actors(server);
    alice = actors.alice;
    await furnish(alice, await actors.admin());
    browser = await launch(chromium ?? '');
  });

  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  /** Opens a page and keeps account of everything that it should not do. */
  async function visit(path: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Visit> {
    const page = await browser.newPage(options);
    const complaints: string[] = [];
    const status = (await open(server.url, path)).status;
    page.on('console', (message) => {
      // The browser itself tells the status of a page that is meant to be missing.
      if (status === 200 || !message.text().includes(String(status))) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => complaints.push(dialog.message()));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${server.url}/`)) complaints.push(`asked for ${request.url()}`);
    });
    await page.goto(server.url + path, { waitUntil: 'networkidle' });
    return { page, complaints };
  }

  it.each(PAGES)(
    '%s is quiet, accessible and as wide as the screen, on a phone and on a desktop, light and dark',
    async (path) => {
      const { page, complaints } = await visit(path);
      await page.evaluate(axe.source);
      for (const { name, viewport, colorScheme } of LOOKS) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        const closed = page.locator('details:not([open]) > summary:visible');
        while ((await closed.count()) > 0) await closed.first().click();
        const problems = await violations(page);
        if (await page.evaluate('document.documentElement.scrollWidth > innerWidth'))
          problems.push('The page is wider than the screen.');
        expect({ name, colorScheme, problems }).toEqual({ name, colorScheme, problems: [] });
      }
      expect(complaints).toEqual([]);
      expect(await page.evaluate('window.pwned')).toBeUndefined();
      await page.close();
    },
  );

  it('a person reads texts as their authors wrote them', async () => {
    const { page } = await visit('/r/lobby');
    expect(await page.locator('.text', { hasText: 'tags' }).first().innerText()).toBe(`tags: ${SCRIPT}`);
    expect(await page.locator('.author', { hasText: 'onerror' }).first().innerText()).toBe(BREAKOUT);
    expect(await page.locator('.file .name', { hasText: 'script' }).innerText()).toBe(`${SCRIPT}.pdf`);
    expect(await page.locator('body > script, main script, main [onerror]').count()).toBe(0);
    await page.close();
  });

  it('a page is used by keyboard alone', async () => {
    const { page } = await visit('/');
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    const reached: string[] = [];
    while (!reached.includes('Join lobby') && reached.length < 20) {
      await page.keyboard.press('Tab');
      reached.push(await focused());
    }
    expect(reached).not.toContain('Skip to the content');
    expect(await page.locator('.room', { hasText: 'lobby' }).locator('.code img').isVisible()).toBe(false);
    await page.keyboard.press('Enter');
    expect(await page.locator('.room', { hasText: 'lobby' }).locator('.code img').isVisible()).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Copy');
    await page.keyboard.press('Enter');
    await eventually(async () => (await focused()) === 'Copied');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
      `${server.url}/lobby?public_key=${server.publicKey}`,
    );
    await page.close();
  });

  it('an open room keeps up with what is said, edited and deleted, without asking more than every few seconds', async () => {
    const { page, complaints } = await visit('/r/lobby');
    let asked = 0;
    page.on('request', (request) => (asked += request.url().endsWith('/live') ? 1 : 0));
    await page.evaluate('window.sameDocument = true');
    const startedAt = Date.now();
    const { id } = (await alice.postMessage('lobby', `fresh ${SCRIPT}`)).expect(201).json;
    const post = page.locator(`#m${id} .text`);
    await post.waitFor({ timeout: 20_000 });
    expect(await post.innerText()).toBe(`fresh ${SCRIPT}`);
    (await alice.editMessage('lobby', id, 'thought better of it')).expect(200);
    await eventually(async () => (await post.innerText()) === 'thought better of it', 20_000);
    (await alice.deleteMessage('lobby', id)).expect(200);
    await eventually(async () => (await post.count()) === 0, 20_000);
    expect(asked).toBeLessThanOrEqual(1 + (Date.now() - startedAt) / 5_000);
    expect(await page.evaluate('window.sameDocument')).toBe(true);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('times are told in the time zone of the reader', async () => {
    const { page } = await visit('/r/lobby', { timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
    const { shown, title, moment } = await page.evaluate<{ shown: string; title: string; moment: string }>(
      `(({ textContent, title, dateTime }) => ({ shown: textContent, title, moment: dateTime }))(
        document.querySelector('time'))`,
    );
    const inTokyo = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', timeStyle: 'short' });
    expect(shown).toContain(inTokyo.format(new Date(moment)));
    expect(title).toMatch(/ UTC$/);
    await page.close();
  });

  it('everything is there without JavaScript', async () => {
    const { page } = await visit('/r/lobby', { javaScriptEnabled: false });
    expect(await page.locator('.copy').isVisible()).toBe(false);
    expect(await page.locator('.posts .post').count()).toBeGreaterThan(29);
    expect(await page.locator('time').first().innerText()).toMatch(/ UTC$/);
    await page.getByText('Earlier messages').click();
    await page.getByRole('heading', { name: 'Earlier messages' }).waitFor();
    await page.getByRole('link', { name: 'Latest messages' }).click();
    await page.getByRole('heading', { name: 'Latest messages' }).waitFor();
    await page.close();
  });
});

interface Visit {
  page: Page;
  /** Errors, dialogs, and requests to anywhere but the server. */
  complaints: string[];
}

/** A room with everything in it that a page can show, and some that nobody should write. */
async function furnish(alice: SessionClient, admin: SessionClient): Promise<void> {
  const say = async (text: string, options: Parameters<SessionClient['postMessage']>[2] = {}) =>
    (await alice.postMessage('lobby', text, { displayName: 'Alice', ...options })).expect(201).json.id;
  for (let number = 0; number < 31; number++) await say(`word number ${number}`);
  const picture = (await alice.upload('lobby', PIXEL, 'view.png')).expect(201).json.id;
  const attachment = { id: picture, contentType: 'image/png', fileName: 'view.png', size: PIXEL.length };
  const pinned = await say('the rules', { attachments: [{ ...attachment, width: 4000, height: 3000 }] });
  (await admin.pin('lobby', pinned)).expect(200);
  await say('x'.repeat(400), { displayName: 'W'.repeat(100) });
  await say(`https://example.org/${'path'.repeat(60)} and @${admin.id}`, {
    preview: { url: 'https://example.org/', title: 'word'.repeat(60) },
  });
  await say(`tags: ${SCRIPT}`, {
    displayName: BREAKOUT,
    quote: { timestamp: 1, author: alice.id, text: `${SCRIPT} ${'quoted '.repeat(80)}` },
    attachments: [{ id: 1, contentType: 'text/html', fileName: `${SCRIPT}.pdf`, size: 1_000_000 }],
  });
  const reacted = await say('مرحبا بالجميع', { displayName: '' });
  (await admin.react('lobby', reacted, '🎉')).expect(200);
  (await admin.postMessage('lobby', 'from above')).expect(201);
}

/** The faults that axe-core, which the page has loaded, finds, and where. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run(document)');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
