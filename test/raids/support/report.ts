import { type RaidResult } from './raid.js';

/** A line of the table that `npm run raid` prints. */
export function lineOf({ name, ...raid }: RaidResult): string {
  const { posts, guardedAfter, seen, takenBackAfter, left, honest, established, cards } = raid;
  const guarded = guardedAfter === undefined ? 'never' : `${Math.round(guardedAfter)} s`;
  return (
    `| ${name} | ${posts} | ${guarded} | ${seen} (${seen - left} gone within ${Math.round(takenBackAfter)} s) ` +
    `| ${honest.published} of ${honest.answering} | ${established.refused + established.unseen} of ${established.posts} ` +
    `| ${cards} |`
  );
}

export const HEADINGS =
  '| raid | posts | guarded after | seen by anyone | honest published | established harmed | cards |\n' +
  '| --- | --- | --- | --- | --- | --- | --- |';
