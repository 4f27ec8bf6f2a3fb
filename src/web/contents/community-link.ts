import { safeUrl } from './text-parts.js';

/** A room of a community as its URL tells it. */
export interface CommunityLink {
  url: string;
  /** Token of the room. */
  name: string;
  host: string;
}

/** The room that a community URL leads to (protocol 1); undefined for any other text. */
export function communityOf(text: string | undefined): CommunityLink | undefined {
  const safe = safeUrl(text);
  if (safe === undefined) return undefined;
  const { host, pathname, searchParams } = new URL(safe);
  const token = /^\/(?:r\/)?([A-Za-z0-9_-]{1,64})\/?$/.exec(pathname)?.[1];
  const key = searchParams.get('public_key') ?? '';
  if (token === undefined || !/^[0-9a-f]{64}$/i.test(key)) return undefined;
  return { url: safe, name: token, host };
}
