// Pages work without this script. It copies community URLs, shows times in the reader's own time zone, and keeps the
// newest messages of an open room up to date.

const SHORTEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 120_000;

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });

function showLocalTimes(root) {
  const today = date.format(new Date());
  for (const time of root.querySelectorAll('time')) {
    const moment = new Date(time.dateTime);
    time.title = time.textContent;
    time.textContent = (date.format(moment) === today ? timeOfDay : dateAndTime).format(moment);
  }
}

function offerCopying() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll('[data-copy]')) {
    const field = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(field.value).catch(() => field.select());
      button.textContent = 'Copied';
      setTimeout(() => (button.textContent = 'Copy'), 2_000);
    });
  }
}

/** What the server sent for an element, to tell whether it has changed since: times are shown differently here. */
const sources = new WeakMap();

function remember(root) {
  for (const post of root.querySelectorAll('.post')) sources.set(post, post.outerHTML);
}

/** Shows a new state of the room; messages that are as they were stay, pictures and all. */
function show(conversation, html) {
  const focused = document.activeElement;
  const fresh = new DOMParser().parseFromString(html, 'text/html').body;
  remember(fresh);
  for (const post of fresh.querySelectorAll('.post')) {
    const shown = document.getElementById(post.id);
    if (shown && sources.get(shown) === sources.get(post)) post.replaceWith(shown);
    else showLocalTimes(post);
  }
  document.querySelector('.activity').replaceWith(fresh.querySelector('.activity'));
  conversation.replaceChildren(...fresh.querySelector('.conversation').childNodes);
  // A message that was put elsewhere has lost the focus of a link in it.
  if (focused !== document.activeElement && conversation.contains(focused))
    focused.focus({ preventScroll: true });
}

/** Asks for news while the page is looked at; ever more rarely while the server does not answer. */
function keepUpToDate(conversation) {
  const address = conversation.dataset.live;
  let etag = '';
  let pause = SHORTEST_PAUSE_MS;
  let timer;

  async function ask() {
    const answer = await fetch(address, { headers: etag === '' ? {} : { 'if-none-match': etag } });
    if (answer.status === 200) {
      etag = answer.headers.get('etag') ?? '';
      show(conversation, await answer.text());
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

const conversation = document.getElementById('conversation');
if (conversation) remember(conversation);
showLocalTimes(document);
offerCopying();
if (conversation?.dataset.live) keepUpToDate(conversation);
