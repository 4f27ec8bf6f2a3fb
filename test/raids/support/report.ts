import { type Sighting } from './people.js';
import { type Place, type Stage } from './stage.js';

/** The outcome of a raid; times in seconds. */
export interface RaidResult {
  posts: number;
  /** From the first post of a raider until the room was guarded; undefined when it never was. */
  guardedAfter: number | undefined;
  /** How many of the raiders' posts anybody else saw. */
  seen: number;
  /** How many of these are still there, and how long those were seen at most that are not. */
  left: number;
  goneWithin: number;
  /** The most of them that were first seen within ten minutes, and within a day. */
  inTenMinutes: number;
  inADay: number;
  /** The numbers count those who answer; `after` has the seconds from their posts until others saw them, sorted. */
  honest: { answering: number; published: number; after: number[] };
  established: { posts: number; harmed: number };
  cards: number;
}

/** The outcome of a raid by now. */
export function resultOf(stage: Stage): RaidResult {
  const raiders = new Set(stage.raiders.map(({ client }) => client.id));
  const seen = stage.places.flatMap(({ observer }) =>
    [...observer.sightings.values()].filter(({ author }) => raiders.has(author)),
  );
  const gone = seen.flatMap(({ first, gone: at }) => (at === undefined ? [] : [at - first]));
  const began = stage.began ?? Math.min(...stage.raiders.map(({ postedAt }) => postedAt ?? Infinity));
  const guarded = stage.places.flatMap(({ guardedAt }) => guardedAt ?? []);
  const answering = stage.honest.filter(({ isAnswering }) => isAnswering);
  const after = answering.flatMap(({ client, postedAt = 0 }) => {
    const at = stage.publishedAt.get(client.id);
    return at === undefined ? [] : [at - postedAt];
  });
  return {
    posts: stage.raiders.reduce((sum, { statuses }) => sum + statuses.length, 0),
    guardedAfter:
      guarded.length === 0 ? undefined : Math.max(...guarded) - (Number.isFinite(began) ? began : 0),
    seen: seen.length,
    left: seen.length - gone.length,
    goneWithin: Math.max(0, ...gone),
    inTenMinutes: mostWithin(seen, 600),
    inADay: mostWithin(seen, 86_400),
    honest: {
      answering: answering.length,
      published: answering.filter((one) => stage.isPublished(one)).length,
      after: after.sort((one, other) => one - other),
    },
    established: stage.places
      .map(harmIn)
      .reduce((sum, { posts, harmed }) => ({ posts: sum.posts + posts, harmed: sum.harmed + harmed }), {
        posts: 0,
        harmed: 0,
      }),
    cards: Math.max(...stage.places.map(({ staff }) => staff.whispersToStaff.length)),
  };
}

/** Posts of the established that were refused, or that others do not see. */
function harmIn({ established, observer }: Place): { posts: number; harmed: number } {
  let [posts, harmed] = [0, 0];
  for (const { statuses, client } of established) {
    const there = observer.seenOf(client.id).filter(({ gone }) => gone === undefined).length;
    posts += statuses.length;
    harmed += statuses.length - there;
  }
  return { posts, harmed };
}

/** The most sightings that began within so many seconds. */
function mostWithin(sightings: readonly Sighting[], seconds: number): number {
  const times = sightings.map(({ first }) => first).sort((one, other) => one - other);
  let most = 0;
  let from = 0;
  times.forEach((time, index) => {
    while ((times[from] ?? 0) <= time - seconds) from += 1;
    most = Math.max(most, index - from + 1);
  });
  return most;
}

export const HEADINGS =
  '| raid | posts | guarded after | seen by anyone | honest published | established harmed | cards | left after one command | took |\n' +
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- |';

/** A line of the table that `npm run raid` prints. */
export function lineOf(
  name: string,
  result: RaidResult,
  { left, took }: { left: string; took: number },
): string {
  const { posts, guardedAfter, seen, goneWithin, honest, established, cards } = result;
  const guarded = guardedAfter === undefined ? 'never' : timeOf(guardedAfter);
  const gone = seen - result.left;
  const sight = gone === 0 ? String(seen) : `${seen} (${gone} gone within ${timeOf(goneWithin)})`;
  return (
    `| ${name} | ${posts} | ${guarded} | ${sight} | ${honestOf(honest)} ` +
    `| ${established.harmed} of ${established.posts} | ${cards} | ${left} | ${Math.round(took)} s |`
  );
}

function honestOf({ published, answering, after }: RaidResult['honest']): string {
  const half = after[Math.floor(after.length / 2)];
  const speed = half === undefined ? '' : `, half within ${timeOf(half)}`;
  return `${published} of ${answering}${speed}`;
}

function timeOf(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
