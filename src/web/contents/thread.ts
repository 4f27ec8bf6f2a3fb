import { type ShownPost } from './post.js';

const SECONDS_PER_DAY = 24 * 60 * 60;
/** Seconds between two messages of one author that still belong together. */
const TOGETHER = 10 * 60;

/** A line of a conversation: a day that begins, or a message. */
export type ThreadLine =
  | { kind: 'day'; at: number }
  /** `joined`: it follows a message of the same author closely. */
  | { kind: 'post'; post: ShownPost; joined: boolean };

/** Messages, oldest first, with lines where a day (UTC) begins, and those of one author that belong together. */
export function threadOf(posts: readonly ShownPost[]): ThreadLine[] {
  return posts.flatMap((post, index): ThreadLine[] => {
    const before = posts[index - 1];
    const isNewDay = !before || dayOfPost(before) !== dayOfPost(post);
    const joined =
      !isNewDay &&
      before.author.sessionId === post.author.sessionId &&
      before.author.name === post.author.name &&
      post.postedAt - before.postedAt <= TOGETHER;
    const line: ThreadLine = { kind: 'post', post, joined };
    return isNewDay ? [{ kind: 'day', at: post.postedAt }, line] : [line];
  });
}

function dayOfPost({ postedAt }: ShownPost): number {
  return Math.floor(postedAt / SECONDS_PER_DAY);
}
