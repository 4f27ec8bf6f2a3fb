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
const PAGES = [
  '/',
  '/r/lobby',
  '/r/lobby?before=20',
  '/r/lobby/m/20',
  '/r/lobby/search?q=word',
  '/r/empty',
  '/r/den',
  '/r/nowhere',
  '/docs',
];
const SCREENS = [
  { name: 'phone', viewport: { width: 320, height: 568 } },
  { name: 'desktop', viewport: { width: 1280, height: 800 } },
];
const LOOKS = SCREENS.flatMap((screen) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ ...screen, colorScheme })),
);

/** The rules of axe-core whose outcome the colours decide: all others find the same on a dark page as on a light one. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

const chromium = chromiumOrWarning();
const inChromium = chromium === undefined ? describe.skip : describe;

inChromium('in a real browser', () => {
  let server: TestServer;
  let alice: SessionClient;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({ env: { POST_RATE_LIMIT: '1000' } });
    await server.addRoom('empty');
    await server.addRoom('gallery');
    await server.addRoom('voices');
    await server.addRoom('den', { name: `${BREAKOUT}${SCRIPT}`, description: SCRIPT });
    await server.sql(`UPDATE rooms SET default_read = false WHERE token = 'den'`);
    const actors = new Actors(server);
    alice = actors.alice;
    await furnish(alice, await actors.admin(), actors.person('mallory'));
    const voice = (await alice.upload('voices', secondOfSilence(), 'voice.wav')).expect(201).json.id;
    const recording = { id: voice, contentType: 'audio/wav', flags: 1 };
    (await alice.postMessage('voices', '', { files: [voice], attachments: [recording] })).expect(201);
    const lost = { id: 999_999, contentType: 'image/png', fileName: 'lost.png' };
    (await alice.postMessage('gallery', 'lost', { attachments: [lost] })).expect(201);
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
    await page.goto(server.url + path);
    return { page, complaints };
  }

  it.each(PAGES)(
    '%s is quiet, accessible and as wide as the screen, on a phone and on a desktop, light and dark',
    async (path) => {
      const { page, complaints } = await visit(path);
      await page.waitForLoadState('networkidle');
      await page.evaluate(axe.source);
      for (const { name, viewport, colorScheme } of LOOKS) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        // A wide screen shows what is closed at first, a narrow one what somebody has opened.
        const isOpen = name !== 'desktop';
        await page.evaluate(
          `document.querySelectorAll('details').forEach((part) => (part.open = ${isOpen}))`,
        );
        const problems = await violations(page, colorScheme === 'dark' ? { runOnly: OF_COLOURS } : {});
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
    const id = await page.locator('.thread .post', { hasText: 'tags' }).getAttribute('id');
    expect(await saidIn(page, `#${id}`)).toBe(`tags: ${SCRIPT}`);
    expect(await page.locator('.author', { hasText: 'onerror' }).first().innerText()).toBe(BREAKOUT);
    expect(await page.locator('.file .name', { hasText: 'script' }).innerText()).toBe(`${SCRIPT}.pdf`);
    expect(await page.locator('body > script, main script, main [onerror]').count()).toBe(0);
    await page.close();
  });

  it('a page can be used by keyboard alone', async () => {
    const { page } = await visit('/');
    const focused = (): Promise<string> =>
      page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent');
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

  it('an open room keeps up with posts, edits and deletions, and asks at most every few seconds', async () => {
    const { page, complaints } = await visit('/r/lobby');
    let asked = 0;
    page.on('request', (request) => (asked += request.url().endsWith('/live') ? 1 : 0));
    await page.evaluate('window.sameDocument = true');
    const startedAt = Date.now();
    const { id } = (await alice.postMessage('lobby', `fresh ${SCRIPT}`)).expect(201).json;
    const post = page.locator(`#m${id} .text`);
    const said = (): Promise<string> => saidIn(page, `#m${id}`);
    await post.waitFor({ timeout: 20_000 });
    expect(await said()).toBe(`fresh ${SCRIPT}`);
    expect(await isInSight(page, `#m${id}`)).toBe(true);
    (await alice.editMessage('lobby', id, 'thought better of it')).expect(200);
    await eventually(async () => (await said()) === 'thought better of it');
    (await alice.deleteMessage('lobby', id)).expect(200);
    await eventually(async () => (await post.count()) === 0);
    expect(asked).toBeLessThanOrEqual(1 + (Date.now() - startedAt) / 5_000);
    expect(await page.evaluate('window.sameDocument')).toBe(true);
    expect(await page.evaluate('window.pwned')).toBeUndefined();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('the post that somebody reads stays in its place when others write, and a button leads to the new posts', async () => {
    const { page } = await visit('/r/lobby', { viewport: { width: 390, height: 844 } });
    const sought = page.locator('.post', { hasText: 'word number 28' });
    await sought.scrollIntoViewIfNeeded();
    const place = async (): Promise<number> => (await sought.boundingBox())?.y ?? NaN;
    const before = await place();
    for (const word of ['one', 'two', 'three']) (await alice.postMessage('lobby', word)).expect(201);
    const button = page.getByRole('button', { name: '3 new' });
    await button.waitFor({ timeout: 20_000 });
    expect(Math.abs((await place()) - before)).toBeLessThan(2);
    await button.click();
    await eventually(() => isInSight(page, '.thread .post:last-child'));
    await eventually(async () => !(await button.isVisible()));
    await page.close();
  });

  it.each([true, false])(
    'a room opens at its newest message, with a script or without: %s',
    async (script) => {
      for (const viewport of [
        { width: 320, height: 568 },
        { width: 390, height: 844 },
        { width: 1280, height: 800 },
      ]) {
        const { page } = await visit('/r/lobby', { javaScriptEnabled: script, viewport });
        expect(await page.locator('.thread .post').last().isVisible()).toBe(true);
        const box = await page.locator('.thread .post').last().boundingBox();
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(viewport.height);
        const side = await page.locator('.side').boundingBox();
        expect(side?.height).toBeLessThanOrEqual(viewport.height);
        await page.close();
      }
    },
  );

  it.each([true, false])(
    'the address of a message opens at it, with a script or without: %s',
    async (script) => {
      const { page } = await visit('/r/lobby', { javaScriptEnabled: false });
      const old = await page.locator('.post', { hasText: 'word number 28' }).getAttribute('id');
      await page.close();
      for (const end of ['', `#${old}`]) {
        const { page: own } = await visit(`/r/lobby/m/${old?.slice(1)}${end}`, {
          javaScriptEnabled: script,
          viewport: { width: 390, height: 500 },
        });
        const box = await own.locator(`#${old}`).boundingBox();
        expect(box?.y).toBeGreaterThan(0);
        expect(box?.y).toBeLessThan(500);
        await own.close();
      }
    },
  );

  it('text of twice the size fits a narrow screen', async () => {
    for (const path of ['/', '/r/lobby', '/r/empty']) {
      const { page } = await visit(path, { viewport: { width: 320, height: 640 } });
      await page.evaluate('document.documentElement.style.fontSize = "200%"');
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await page.close();
    }
  });

  it('marks that are stacked on letters stay inside their message', async () => {
    const { page } = await visit('/r/lobby');
    const id = await page.locator('.thread .post', { hasText: 'stacked' }).getAttribute('id');
    for (const part of ['.bubble', '.text']) {
      const overflow = await page.evaluate(
        `getComputedStyle(document.querySelector('#${id} ${part}')).overflowY`,
      );
      expect([part, overflow]).toEqual([part, 'clip']);
    }
    await page.close();
  });

  it('a picture that does not load is replaced by its name', async () => {
    const { page } = await visit('/r/gallery');
    const figure = page.locator('figure', { hasText: 'lost.png' });
    await figure.scrollIntoViewIfNeeded();
    await eventually(async () => (await figure.getAttribute('class')) === 'broken');
    expect(await figure.innerText()).toContain('lost.png');
    await page.close();
  });

  it('a voice message is played in its place', async () => {
    const { page, complaints } = await visit('/r/voices');
    const duration = page.evaluate<number>(
      `new Promise((resolve) => {
        const voice = document.querySelector('audio');
        voice.addEventListener('loadedmetadata', () => resolve(voice.duration));
        voice.preload = 'metadata';
        voice.load();
      })`,
    );
    expect(await duration).toBeCloseTo(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('a printed room is its invitation', async () => {
    const { page } = await visit('/r/lobby', { javaScriptEnabled: false });
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.code svg').isVisible()).toBe(true);
    expect(await page.locator('.whole-url').innerText()).toBe(
      `${server.url}/lobby?public_key=${server.publicKey}`,
    );
    expect(await page.locator('.conversation').isVisible()).toBe(false);
    await page.close();
  });

  it('a community URL can be copied where there is no https, too', async () => {
    const { page } = await visit('/r/lobby', { viewport: { width: 1280, height: 800 } });
    await page.evaluate(`Object.defineProperty(navigator, 'clipboard', { value: undefined })`);
    await page.evaluate(
      `document.addEventListener('copy', () => (window.copied = getSelection().toString()))`,
    );
    await page.getByRole('button', { name: 'Copy' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('window.copied')).toContain(`/lobby?public_key=${server.publicKey}`);
    await page.close();
  });

  it('times are shown in the time zone of the reader', async () => {
    const { page } = await visit('/r/lobby', { timezoneId: 'Asia/Tokyo', locale: 'en-GB' });
    const { shown, title, moment } = await page.evaluate<{ shown: string; title: string; moment: string }>(
      `(({ textContent, title, dateTime }) => ({ shown: textContent, title, moment: dateTime }))(
        document.querySelector('.thread .post time'))`,
    );
    const inTokyo = new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Tokyo', timeStyle: 'short' });
    expect(shown).toContain(inTokyo.format(new Date(moment)));
    expect(title).toMatch(/ UTC$/);
    await page.close();
  });

  it('every page works without JavaScript', async () => {
    const { page } = await visit('/r/lobby', { javaScriptEnabled: false });
    expect(await page.locator('.copy').isVisible()).toBe(false);
    expect(await page.locator('.posts .post').count()).toBeGreaterThan(29);
    expect(await page.locator('.utc').innerText()).toMatch(/UTC/);
    await page.getByText('Earlier messages').click();
    await page.getByRole('link', { name: 'Newest messages' }).click();
    await page.getByRole('heading', { name: 'Newest messages' }).waitFor();
    await page.close();
  });
});

interface Visit {
  page: Page;
  /** Errors, dialogs, and requests to anywhere but the server. */
  complaints: string[];
}

/** A room with everything in it that a page can show, and some that nobody should write. */
async function furnish(alice: SessionClient, admin: SessionClient, mallory: SessionClient): Promise<void> {
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
  const hostile = await mallory.postMessage('lobby', `tags: ${SCRIPT}`, {
    displayName: BREAKOUT,
    quote: { timestamp: 1, author: alice.id, text: `${SCRIPT} ${'quoted '.repeat(80)}` },
    attachments: [{ id: 1, contentType: 'text/html', fileName: `${SCRIPT}.pdf`, size: 1_000_000 }],
  });
  hostile.expect(201);
  await say('stacked ' + 'a\u0300\u0301\u0302\u0303'.repeat(20) + '\u0300'.repeat(200));
  const reacted = await say('مرحبا بالجميع', { displayName: '' });
  (await admin.react('lobby', reacted, '🎉')).expect(200);
  (await admin.postMessage('lobby', 'from above')).expect(201);
}

/** A WAV file: 8,000 samples of 8 bits. */
function secondOfSilence(): Buffer {
  const samples = Buffer.alloc(8_000, 128);
  const header = Buffer.alloc(44);
  header.write('RIFF');
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(8_000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** The text of a message up to its first link or its time. */
function saidIn(page: Page, selector: string): Promise<string> {
  return page.evaluate(`document.querySelector('${selector} .text').firstChild.textContent`);
}

/** Whether an element lies inside the window as a whole. */
async function isInSight(page: Page, selector: string): Promise<boolean> {
  const box = await page.locator(selector).boundingBox();
  const height = page.viewportSize()?.height ?? 0;
  return box !== null && box.y >= 0 && box.y + box.height <= height + 1;
}

/** The faults that axe-core, which the page has loaded, finds, and where. */
async function violations(page: Page, options: axe.RunOptions): Promise<string[]> {
  // It would describe every element that is as it should be, too, which takes longer than to look at it.
  const all = JSON.stringify({ ...options, resultTypes: ['violations'] });
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run(document, ${all})`);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}
