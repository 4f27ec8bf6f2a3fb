import { type ShownPost } from './post.js';

/** A room as pages show it; texts are what its admin wrote. */
export interface RoomSummary {
  /** As its admin wrote it. */
  token: string;
  name: string;
  description: string | undefined;
  /** File id of its picture, if anyone may see that. */
  imageId: number | undefined;
  activeUsers: number;
  /** Whether nobody writes there any more. */
  isArchived: boolean;
  /** Whether pages show what is said there. */
  isOpen: boolean;
  /** Whether that can be searched. */
  isSearched: boolean;
  /** Days for which someone counts as active. */
  activeDays: number;
  /** The community URL, by which clients join it. */
  communityUrl: string;
}

/** The part of a room's messages that a page shows: the newest, those beside a message, or those around one. */
export type ConversationPlace = { kind: 'newest' } | { kind: 'before' | 'after' | 'at'; id: number };

/** The messages of a room as its page shows them. */
export type Conversation =
  | {
      kind: 'shown';
      place: ConversationPlace;
      /** The latest pin first. */
      pinned: readonly ShownPost[];
      /** Oldest first. */
      posts: readonly ShownPost[];
      hasEarlier: boolean;
      hasNewer: boolean;
    }
  /** Not everyone may read them. */
  | { kind: 'for members' }
  /** The server shows none in the browser. */
  | { kind: 'off' };

/** Everything that the page of a room shows. */
export interface RoomContent {
  room: RoomSummary;
  conversation: Conversation;
}

/** The messages that a search has found. */
export interface SearchResults {
  query: string;
  /** Newest first. */
  posts: readonly ShownPost[];
  /** The next page has results with lower ids; undefined when there is none. */
  older: number | undefined;
}

/** Where a browser finds a room. */
export function roomPath(token: string): string {
  return `/r/${token}`;
}

/** Where a browser finds a message, with those around it. */
export function messagePath(token: string, id: number): string {
  return `${roomPath(token)}/m/${id}#m${id}`;
}
