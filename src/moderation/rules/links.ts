import { hostOf } from '../../records/rules/rule-condition.js';

/** A link in a text. */
export interface Link {
  /** In lower case, as URLs have it. */
  host: string;
  /** From its first slash on; empty without one. */
  path: string;
  /** Whether everybody takes it for a link, and not for a file's name or two sentences without a space. */
  isCertain: boolean;
}

/** Ways to write a point that a reader takes for one. */
const POINTS = /\s?[[({]\s?(?:\.|dot)\s?[\])}]\s?|[。．｡․]/giu;
/** Begins every one of them that is more than a point. */
const MAY_HAVE_POINTS = /[[({。．｡․]/;
const WITH_SCHEME = /(?:h(?:tt|xx)ps?|ftp):[\\/]{1,4}([^\s<>"'`]+)/giu;
const BARE =
  /(?<![\p{L}\p{N}@.\-_])((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}_-]{0,62}\.){1,8}[\p{L}][\p{L}\p{M}\p{N}-]{1,62})(?::\d{1,5})?((?:[/?#][^\s<>"'`]*)?)/giu;
const AT_ITS_END = /[.,;:!?)\]}'"»”…]+$/u;
/** Domains at the end of bare links that are no words and no kinds of files. */
const COMMON = new Set(
  (
    'app at au biz br ca cc cfd ch click club cn co com cyou de dev es eu fr gg icu in info io ir it jp link live lol ' +
    'me mobi monster net nl online onion org pl pro quest ru sbs shop site space store su tk to top tv ua uk us vip ' +
    'website work world ws xyz'
  ).split(' '),
);
/** Links of a text that are looked at. */
const MOST = 200;

/** Hosts, and beginnings of their paths, that lead into groups or chats of other messengers. */
const INVITES: readonly [host: string, path: RegExp][] = [
  ['t.me', /^\/./],
  ['telegram.me', /^\/./],
  ['telegram.dog', /^\/./],
  ['discord.gg', /^\/./],
  ['discord.com', /^\/invite\//i],
  ['discordapp.com', /^\/invite\//i],
  ['chat.whatsapp.com', /^\/./],
  ['whatsapp.com', /^\/channel\//i],
  ['wa.me', /^\/./],
  ['signal.group', /^\/./],
  ['signal.me', /^\/./],
  ['matrix.to', /^\/./],
  ['simplex.chat', /^\/(?:contact|invitation)/i],
  ['smp.simplex.im', /^\/./],
  ['threema.id', /^\/./],
  ['line.me', /^\/(?:r|ti)\//i],
  ['invite.viber.com', /^\/?./],
  ['vb.me', /^\/./],
  ['chats.viber.com', /^\/./],
  ['join.skype.com', /^\/./],
  ['u.wechat.com', /^\/./],
  ['guilded.gg', /^\/i\//i],
  ['rubika.ir', /^\/join/i],
  ['ble.ir', /^\/join/i],
  ['eitaa.com', /^\/join/i],
  ['imo.im', /^\/./],
  ['zalo.me', /^\/g\//i],
  ['kik.me', /^\/./],
];
const INVITE_HOSTS = new Map(INVITES);
const OTHER_SCHEMES = /\b(?:tg|whatsapp|discord|viber|sgnl|simplex|matrix):(?:\/\/)?[^\s]/iu;

/** The links of a cleaned text, written out or bare. */
export function linksIn(text: string): Link[] {
  if (!text.includes('.') && !/:[\\/]|。|\bdot\b/iu.test(text)) return [];
  const plain = MAY_HAVE_POINTS.test(text) ? text.replace(POINTS, '.') : text;
  const links: Link[] = [];
  const bare = !plain.includes(':')
    ? plain
    : plain.replace(WITH_SCHEME, (_all, rest: string) => {
        const link = linkTo(rest);
        if (link && links.length < MOST) links.push(link);
        return ' ';
      });
  for (const piece of piecesWithPoints(bare)) {
    for (const [, host = '', path = ''] of piece.matchAll(BARE)) {
      if (links.length >= MOST) return links;
      const name = hostOf(host.replace(AT_ITS_END, ''));
      if (name === undefined) continue;
      const isCertain = path !== '' || name.startsWith('www.') || COMMON.has(name.split('.').at(-1) ?? '');
      links.push({ host: name, path: path.replace(AT_ITS_END, ''), isCertain });
    }
  }
  return links;
}

/** The pieces of a text between spaces that have a point within: most of a long text ends sentences, and has no links. */
function* piecesWithPoints(text: string): Generator<string> {
  let end = 0;
  for (let point = text.indexOf('.'); point >= 0; point = text.indexOf('.', Math.max(point + 1, end))) {
    if (isSpace(text, point + 1)) continue;
    let start = point;
    while (start > end && !isSpace(text, start - 1)) start--;
    end = point + 1;
    while (!isSpace(text, end)) end++;
    yield text.slice(start, end);
  }
}

/** Whether there is a space at a place of a text, or its end. */
function isSpace(text: string, place: number): boolean {
  const unit = text.charCodeAt(place);
  return unit <= 0x20 || Number.isNaN(unit) || (unit > 0x7f && /\s/.test(text.charAt(place)));
}

/** The link of an address that stands apart from a text. */
export function linkOf(url: string): Link | undefined {
  return linkTo(url.trim().replace(/^[a-z]{2,8}:[\\/]*/i, ''));
}

/** Whether a host is one of these domains, or below one. */
export function isBelow(host: string, domains: ReadonlySet<string>): boolean {
  for (let name = host; ;) {
    if (domains.has(name)) return true;
    const point = name.indexOf('.');
    if (point < 0) return false;
    name = name.slice(point + 1);
  }
}

/** Whether a link leads into a group or chat of another messenger. */
export function isInvite({ host, path }: Link): boolean {
  const begins = INVITE_HOSTS.get(host.replace(/^www\./, ''));
  return begins?.test(path) ?? false;
}

/** Whether a text names an address that another messenger opens by itself. */
export function opensMessenger(text: string): boolean {
  return OTHER_SCHEMES.test(text);
}

/** @param rest of a URL behind its scheme */
function linkTo(rest: string): Link | undefined {
  const bare = `http://${rest.replace(AT_ITS_END, '').replace(/^[\\/]+/, '')}`;
  if (!URL.canParse(bare)) return undefined;
  const { hostname, pathname, search, hash } = new URL(bare);
  const host = hostname.replace(/\.$/, '');
  return host === '' ? undefined : { host, path: `${pathname}${search}${hash}`, isCertain: true };
}
