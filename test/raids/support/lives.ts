import { type PostOptions } from '../../client/client.js';
import { type Person } from './people.js';
import { type Stage } from './stage.js';
import { randomWords } from './words.js';

/** One in so many honest newcomers never answers. */
const NEVER_ANSWERS = 10;
/** Seconds that a person takes to read a question and answer. */
const READS_FOR = 8;
/** Seconds between looks at the room of somebody who waits, and from when on they look more rarely. */
const LOOKS = [
  { until: 120, apart: 10 },
  { until: 600, apart: 30 },
  { until: 3_600, apart: 300 },
  { until: Infinity, apart: 1_800 },
];

/** How raiders deal with questions. */
export type Answering = 'never' | 'by chance' | 'mostly';

/** Share of the questions that raiders answer rightly who answer as well as people. */
const MOSTLY = 0.95;
const RAIDERS_READ_FOR = 4;
/** Seconds between looks of raiders who answer, and for how long they look. */
const RAIDERS_LOOK = { apart: 20, seconds: 1_200 };

/** People who come to a room one after the other. */
export interface Arrivals {
  people: number;
  /** Over how many seconds. */
  seconds: number;
  /** When the first comes, in seconds of the timeline. */
  from?: number;
  room?: string;
}

/** Has honest newcomers come: each looks at the room, writes, and looks again until what they wrote is there. */
export function honestNewcomers(stage: Stage, { people, seconds, from = 0, room }: Arrivals): void {
  for (let i = 0; i < people; i += 1) {
    stage.timeline.start(async () => {
      await stage.timeline.sleepUntil(from + ((i + 0.5) * seconds) / people);
      const person = stage.fresh(room);
      person.isAnswering = i % NEVER_ANSWERS !== 0;
      stage.honest.push(person);
      await person.poll();
      await person.post(`Good evening, I am number ${i} and ${randomWords()}`);
      await waitFor(stage, person);
    });
  }
}

async function waitFor(stage: Stage, person: Person): Promise<void> {
  const came = stage.timeline.now;
  for (;;) {
    const apart = LOOKS.find(({ until }) => stage.timeline.now - came < until)?.apart ?? 0;
    await stage.timeline.sleep(apart);
    if (stage.isPublished(person)) return;
    await person.poll();
    if (person.isAnswering && person.isAsked(READS_FOR)) await person.answerRightly();
  }
}

/** A raid of fresh IDs that post one message each. */
export interface Flood extends Arrivals {
  answering?: Answering;
  /** Whether they look at the room before they post, as people do. */
  isLooking?: boolean;
  text?: (index: number) => string;
  /** The rest of their messages. */
  options?: (raider: Person, index: number) => PostOptions | Promise<PostOptions>;
}

/** Has raiders come. Those who never answer do not look at the room afterwards. */
export function flood(
  stage: Stage,
  { people, seconds, from = 0, room, answering = 'never', isLooking = false, text, options }: Flood,
): void {
  stage.timeline.start(async () => {
    for (let i = 0; i < people; i += 1) {
      await stage.timeline.sleepUntil(from + (i * seconds) / people);
      const raider = stage.raider(room);
      const said = text?.(i) ?? `${randomWords()} ${i}`;
      stage.timeline.start(async () => {
        if (isLooking) await raider.poll();
        await raider.post(said, await options?.(raider, i));
        if (answering === 'never') raider.client.close();
        else await answer(raider, answering);
      });
    }
  });
}

async function answer(raider: Person, answering: Answering): Promise<void> {
  const { timeline } = raider;
  const end = timeline.now + RAIDERS_LOOK.seconds;
  while (timeline.now < end) {
    await raider.poll();
    await timeline.sleep(RAIDERS_LOOK.apart);
    if (!raider.isAsked(RAIDERS_READ_FOR)) continue;
    if (answering === 'mostly' && Math.random() < MOSTLY) {
      await raider.answerRightly();
      break;
    }
    // Questions in words are beyond scripts that guess.
    if (!(await raider.answerByChance())) break;
  }
  raider.client.close();
}
