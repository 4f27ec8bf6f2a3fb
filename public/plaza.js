// Pages work without this script. It copies community URLs, shows times in the reader's own time zone, keeps the newest
// messages of an open room up to date without moving what is being read, and lets a conversation be scrolled by keyboard.

const SHORTEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 120_000;
/** Pixels from the end of a conversation within which somebody reads its end. */
const NEAR_END = 80;
/** Messages that an open room keeps, while somebody reads its end. */
const MOST_SHOWN = 200;
const SCROLLING_KEYS = ['PageUp', 'PageDown', 'Home', 'End', 'ArrowUp', 'ArrowDown', ' '];

const { lang } = document.documentElement;
const locale = navigator.languages.find((language) => language.split('-')[0] === lang) ?? lang;
const forms = {
  day: new Intl.DateTimeFormat(locale, { dateStyle: 'full' }),
  time: new Intl.DateTimeFormat(locale, { timeStyle: 'short' }),
  moment: new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }),
};

function showLocalTimes(root) {
  for (const time of root.querySelectorAll('time')) {
    time.title ||= time.textContent;
    time.textContent = forms[time.dataset.form].format(new Date(time.dateTime));
  }
}

/** Draws the lines between days anew, where the reader's days begin. */
function showLocalDays(posts) {
  for (const line of posts.querySelectorAll('.day')) line.remove();
  let last = '';
  for (const post of posts.querySelectorAll('.post')) {
    const { dateTime, title } = post.querySelector('time[data-form=time]');
    const day = forms.day.format(new Date(dateTime));
    if (day === last) continue;
    last = day;
    const line = document.createElement('li');
    const time = document.createElement('time');
    line.className = 'day';
    Object.assign(time, { dateTime, title, textContent: day });
    time.dataset.form = 'day';
    line.append(time);
    post.before(line);
  }
}

/** Copies where the page may, which takes https; elsewhere by way of the selection. */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.focus({ preventScroll: true });
    field.select();
    return document.execCommand('copy');
  }
  return true;
}

function offerCopying() {
  for (const button of document.querySelectorAll('[data-copy]')) {
    const field = document.getElementById(button.dataset.copy);
    const text = button.textContent;
    button.hidden = false;
    button.addEventListener('click', async () => {
      if (!(await copy(field))) return;
      button.focus({ preventScroll: true });
      button.textContent = button.dataset.copied;
      setTimeout(() => (button.textContent = text), 2_000);
    });
  }
}

function nameBrokenPictures(root) {
  for (const picture of root.querySelectorAll('figure img')) {
    const mark = () => picture.closest('figure').classList.add('broken');
    if (picture.complete && picture.naturalWidth === 0 && picture.currentSrc !== '') mark();
    picture.addEventListener('error', mark);
  }
}

/** What the server sent for an element, to tell whether it has changed since: times are shown differently here. */
const sources = new WeakMap();

function remember(root) {
  for (const post of root.querySelectorAll('.post')) sources.set(post, post.outerHTML);
}

function numberOf(post) {
  return Number(post.id.slice(1));
}

/** The element that scrolls a conversation: itself, or in a low window the page. */
function scrollerOf(conversation) {
  const own = conversation.querySelector('.scroller');
  return own && getComputedStyle(own).overflowY === 'auto' ? own : document.scrollingElement;
}

function isAtEnd(scroller) {
  const fromStart = getComputedStyle(scroller).flexDirection !== 'column-reverse';
  const rest = fromStart
    ? scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop
    : -scroller.scrollTop;
  return rest <= NEAR_END;
}

/** Remembers where the first message in sight is, and gives what puts it there again. */
function holdPlace(conversation) {
  const scroller = scrollerOf(conversation);
  const top = Math.max(0, scroller.getBoundingClientRect().top);
  const anchor = [...conversation.querySelectorAll('.thread .post')].find(
    (post) => post.getBoundingClientRect().bottom > top,
  );
  const before = anchor?.getBoundingClientRect().top;
  // The browser does the same by itself now and then, and must not do it twice.
  scroller.style.overflowAnchor = 'none';
  return () => {
    if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    requestAnimationFrame(() => (scroller.style.overflowAnchor = ''));
  };
}

function scrollToEnd(conversation) {
  const end = conversation.querySelector('.thread').lastElementChild;
  end?.scrollIntoView({ block: 'end' });
}

/** The HTML of a message without what depends on the one before it. */
function withoutHeader(html) {
  return html
    .replace(/^<li class="[^"]*"/, '')
    .replace(/(<article[^>]*>)(?:<header>.*?<\/header>|<p class="hidden">.*?<\/p>)/s, '$1');
}

/** The new list of messages: those that the server names, and older ones that stand here already. */
function merge(shown, fresh) {
  const freshPosts = [...fresh.querySelectorAll('.post')];
  const first = freshPosts.length > 0 ? numberOf(freshPosts[0]) : Infinity;
  for (const [index, post] of freshPosts.entries()) {
    const known = document.getElementById(post.id);
    // The first one names its author there, and follows one of the same author here.
    const seen = index === 0 ? withoutHeader : (html) => html;
    if (known && seen(sources.get(known)) === seen(sources.get(post))) post.replaceWith(known);
    else {
      if (index === 0 && known?.classList.contains('joined')) post.classList.add('joined');
      showLocalTimes(post);
      nameBrokenPictures(post);
    }
  }
  const older = [...shown.querySelectorAll('.post, .gap')].filter(
    (item) => item.classList.contains('gap') || numberOf(item) < first,
  );
  return { posts: [...older, ...fresh.querySelectorAll('.post')], first };
}

/** Leads to what was said between two messages, when more came at once than a page has. */
function gapBefore(id, text) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  item.className = 'gap';
  Object.assign(link, { href: `?before=${id}`, textContent: text });
  item.append(link);
  return item;
}

/** Shows a new state of the room; messages that are as they were stay, pictures and recordings that play and all. */
function show(conversation, html, news) {
  const focused = document.activeElement;
  const fresh = new DOMParser().parseFromString(html, 'text/html').body;
  remember(fresh);
  const posts = conversation.querySelector('.thread .posts');
  const freshPosts = fresh.querySelector('.thread .posts');
  if (!posts || !freshPosts) return location.reload();
  const shown = [...posts.querySelectorAll('.post')].map(numberOf);
  const newest = shown.at(-1) ?? 0;
  const earlier = fresh.querySelector('a[rel=prev]');
  const atEnd = isAtEnd(scrollerOf(conversation));
  const putBack = holdPlace(conversation);
  const { posts: merged, first } = merge(posts, freshPosts);
  const count = merged.filter((post) => post.classList.contains('post') && numberOf(post) > newest).length;
  if (newest > 0 && first > newest && Number.isFinite(first) && earlier) {
    const place = merged.findIndex((post) => post.classList.contains('post') && numberOf(post) === first);
    merged.splice(place, 0, gapBefore(first, earlier.textContent));
  }
  posts.replaceChildren(...(atEnd ? merged.slice(-MOST_SHOWN) : merged));
  showLocalDays(posts);
  conversation.querySelector('.thread > .nothing')?.remove();
  refresh(conversation, fresh);
  putBack();
  if (atEnd) scrollToEnd(conversation);
  else news.add(count);
  // A message that was put elsewhere has lost the focus of a link in it.
  if (focused !== document.activeElement && conversation.contains(focused))
    focused.focus({ preventScroll: true });
}

/** How many people are around, and what is pinned. */
function refresh(conversation, fresh) {
  document.querySelector('.activity').replaceWith(fresh.querySelector('.activity'));
  const [shown, next] = [conversation.querySelector('.pinned'), fresh.querySelector('.pinned')];
  if (next && shown && sources.get(shown) === next.outerHTML) return;
  if (next) {
    sources.set(next, next.outerHTML);
    next.open = shown?.open ?? false;
    showLocalTimes(next);
  }
  shown?.remove();
  if (next) conversation.prepend(next);
}

/** Tells how many messages have come below what is being read. */
function newsOf(conversation) {
  const button = conversation.querySelector('.news button');
  let count = 0;
  const tell = (number) => {
    count = number;
    button.hidden = count === 0;
    button.textContent = conversation.dataset.news.replace('{n}', count.toLocaleString(locale));
  };
  button.addEventListener('click', () => {
    scrollToEnd(conversation);
    tell(0);
  });
  const look = () => {
    if (count > 0 && isAtEnd(scrollerOf(conversation))) tell(0);
  };
  conversation.querySelector('.scroller').addEventListener('scroll', look, { passive: true });
  addEventListener('scroll', look, { passive: true });
  return { add: (more) => tell(count + more) };
}

/** Asks for news while the page is looked at; ever more rarely while the server does not answer. */
function keepUpToDate(conversation) {
  const address = conversation.dataset.live;
  const news = newsOf(conversation);
  let etag = '';
  let pause = SHORTEST_PAUSE_MS;
  let timer;

  async function ask() {
    const answer = await fetch(address, { headers: etag === '' ? {} : { 'if-none-match': etag } });
    if (answer.status === 200) {
      etag = answer.headers.get('etag') ?? '';
      show(conversation, await answer.text(), news);
    } else if (answer.status !== 304) {
      throw new Error(`The server answered ${answer.status}`);
    }
  }

  async function round() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      await ask();
      pause = SHORTEST_PAUSE_MS;
    } catch {
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    timer = setTimeout(round, pause);
  }

  document.addEventListener('visibilitychange', round);
  timer = setTimeout(round, pause);
}

/** Keys that scroll a page scroll the conversation, as long as nothing else has the focus. */
function scrollByKeys(scroller) {
  addEventListener('keydown', ({ key }) => {
    if (document.activeElement === document.body && SCROLLING_KEYS.includes(key))
      scroller.focus({ preventScroll: true });
  });
}

const conversation = document.getElementById('conversation');
if (conversation) {
  remember(conversation);
  const pinned = conversation.querySelector('.pinned');
  if (pinned) sources.set(pinned, pinned.outerHTML);
}
showLocalTimes(document);
for (const posts of document.querySelectorAll('.thread .posts')) showLocalDays(posts);
for (const note of document.querySelectorAll('.utc')) note.remove();
nameBrokenPictures(document);
offerCopying();
if (conversation) {
  const scroller = scrollerOf(conversation);
  if (scroller !== document.scrollingElement) scrollByKeys(scroller);
  const sought = document.querySelector('.post:target, .post.sought');
  if (sought) sought.scrollIntoView({ block: 'center' });
  else if (conversation.dataset.live && scroller === document.scrollingElement) scrollToEnd(conversation);
  if (conversation.dataset.live) keepUpToDate(conversation);
}
