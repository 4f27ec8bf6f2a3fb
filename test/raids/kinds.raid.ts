import { type BoundRaid, DAY, describeRaids, HONEST, HOUR, MINUTE, share } from './support/bound-raid.js';
import { flood, honestNewcomers } from './support/lives.js';
import { type RaidResult } from './support/report.js';
import { type Stage } from './support/stage.js';
import { type Tick } from './support/timeline.js';
import { randomWords } from './support/words.js';

const PEOPLE = 300;
const EVERY_SECOND: Tick = [{ seconds: 1 }];
const AD = 'Join the best casino of the town today';
const ROOMS = Array.from({ length: 10 }, (_, index) => `room${index}`);
/** Rooms may let strangers write so much more together than one. */
const ALL_ROOMS = 3;

/** The bounds of every raid that posts: six first posts, which are gone soon, and honest newcomers get through. */
function holdsAsEver(result: RaidResult): void {
  expect(result.guardedAfter).toBeLessThanOrEqual(2);
  expect(result.seen).toBeLessThanOrEqual(6);
  expect(result.left).toBe(0);
  expect(result.goneWithin).toBeLessThanOrEqual(20);
  expect(share(result)).toBeGreaterThanOrEqual(0.9);
}

/** A raid in a minute, beside honest newcomers. */
async function besideHonest(
  stage: Stage,
  raid: Omit<Parameters<typeof flood>[1], 'people' | 'seconds'>,
): Promise<void> {
  flood(stage, { people: PEOPLE, seconds: MINUTE, ...raid });
  honestNewcomers(stage, { people: HONEST, seconds: 10 * MINUTE });
  await stage.play(20 * MINUTE);
}

/** Id of a message of an established member. */
function anyMessage(stage: Stage): number {
  const [id] = [...stage.place.observer.sightings.keys()];
  if (id === undefined) throw new Error('Nobody has written');
  return id;
}

/** Has so many fresh people do something else than post, within a minute. @returns the statuses of all answers */
async function doAll(stage: Stage, act: (index: number) => Promise<readonly number[]>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < PEOPLE; i += 1) {
    stage.timeline.start(async () => {
      await stage.timeline.sleep((i * MINUTE) / PEOPLE);
      statuses.push(...(await act(i)));
    });
  }
  await stage.play(5 * MINUTE);
  return statuses;
}

const KINDS: BoundRaid[] = [
  {
    name: '300 who copy earlier messages',
    tick: EVERY_SECOND,
    run: async (stage) => {
      await stage.play(MINUTE);
      const said = [...stage.place.observer.sightings.values()].flatMap(({ texts }) => texts);
      await besideHonest(stage, { from: MINUTE, text: (index) => said[index % said.length] ?? '' });
    },
    holds: holdsAsEver,
  },
  {
    name: '300 whose names say it',
    tick: EVERY_SECOND,
    run: (stage) => besideHonest(stage, { options: () => ({ displayName: AD }) }),
    holds: holdsAsEver,
  },
  {
    name: '300 whose files’ names say it',
    tick: EVERY_SECOND,
    run: (stage) =>
      besideHonest(stage, {
        options: async (raider, index) => {
          const { json } = await raider.client.upload(
            raider.room,
            Buffer.from(`picture ${index}`),
            `${AD}.png`,
          );
          return { files: [json.id], attachments: [{ id: json.id, fileName: `${AD}.png` }] };
        },
      }),
    holds: (result) => {
      holdsAsEver(result);
      expect(result.seen).toBe(0);
    },
  },
  {
    name: '300 whose previews say it',
    tick: EVERY_SECOND,
    run: (stage) =>
      besideHonest(stage, {
        options: (_, index) => ({ preview: { url: `https://host${index}.example/`, title: AD } }),
      }),
    holds: holdsAsEver,
  },
  {
    name: '300 who polled three days before',
    tick: [{ seconds: MINUTE, until: 3 * DAY }, { seconds: 1 }],
    run: async (stage) => {
      const raiders = Array.from({ length: PEOPLE }, () => stage.raider());
      for (const raider of raiders) stage.timeline.start(() => raider.poll());
      await stage.play(3 * DAY);
      stage.began = stage.timeline.now;
      for (const [index, raider] of raiders.entries()) {
        stage.timeline.start(async () => {
          await stage.timeline.sleep((index * MINUTE) / PEOPLE);
          await raider.poll();
          await raider.post(`${randomWords()} ${index}`);
        });
      }
      honestNewcomers(stage, { people: HONEST, seconds: 10 * MINUTE, from: stage.timeline.now });
      await stage.play(20 * MINUTE);
    },
    holds: (result) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(2);
      expect(result.seen).toBeLessThanOrEqual(6);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
    },
  },
  {
    name: '15 who edit what they published',
    tick: [{ seconds: 30 * MINUTE, until: 10 * HOUR }, { seconds: 1 }],
    run: async (stage) => {
      const written: (() => Promise<unknown>)[] = [];
      for (let i = 0; i < 15; i += 1) {
        stage.timeline.start(async () => {
          await stage.timeline.sleep(i * 30 * MINUTE);
          const raider = stage.raider();
          await raider.poll();
          const id = (await raider.post(`Hello, ${randomWords()}`)) ?? 0;
          written.push(() => raider.client.editMessage('lobby', id, `${AD} ${i}`));
        });
      }
      await stage.play(10 * HOUR);
      for (const edit of written) expect(await edit()).toMatchObject({ status: 200 });
      await stage.play(5 * MINUTE);
    },
    holds: (result, stage) => {
      expect(result.seen).toBe(15);
      const texts = [...stage.place.observer.sightings.values()].flatMap(({ texts: all }) => all);
      expect(texts.filter((text) => text.startsWith(AD))).toEqual([]);
    },
  },
  {
    name: '300 who only react',
    tick: EVERY_SECOND,
    run: async (stage) => {
      await stage.play(MINUTE);
      const target = anyMessage(stage);
      const react = (emoji: string) => async (): Promise<number[]> => [
        (await stage.fresh().client.react('lobby', target, emoji)).status,
      ];
      expect(new Set(await doAll(stage, react('casino')))).toEqual(new Set([403]));
      expect(stage.place.observer.sightings.get(target)?.reactions).toBe(0);
      const statuses = await doAll(stage, react('🎰'));
      expect(statuses.filter((status) => status === 200)).toHaveLength(10);
      await stage.place.watch();
      expect(stage.place.observer.sightings.get(target)?.reactions).toBeLessThanOrEqual(10);
    },
    holds: (result) => {
      expect(result.seen).toBe(0);
    },
  },
  {
    name: '300 who only write direct messages',
    tick: EVERY_SECOND,
    run: async (stage) => {
      const [member] = stage.place.established;
      const staff = stage.place.staffClient;
      (await member?.client.inbox())?.expect(200);
      (await staff.inbox()).expect(200);
      await doAll(stage, async () => {
        const { client } = stage.fresh();
        const letter = Buffer.alloc(100, 1);
        const answers = [
          await client.sendDirectMessage(member?.client.id ?? '', letter),
          await client.sendDirectMessage(staff.id, letter),
        ];
        return answers.map(({ status }) => status);
      });
      expect((await member?.client.inbox())?.json).toEqual([]);
      expect((await staff.inbox()).json.length).toBeLessThanOrEqual(20);
    },
    holds: (result) => {
      expect(result.seen).toBe(0);
    },
  },
  {
    name: '300 who only upload',
    tick: EVERY_SECOND,
    run: async (stage) => {
      const ids: number[] = [];
      const statuses = await doAll(stage, async (index) => {
        const { client } = stage.fresh();
        const answers = [];
        for (let i = 0; i < 3; i += 1) {
          answers.push(await client.upload('lobby', Buffer.from(`file ${index} ${i}`), `${AD}.png`));
        }
        ids.push(...answers.flatMap((answer) => (answer.status === 201 ? [answer.json.id] : [])));
        return answers.map(({ status }) => status);
      });
      expect(statuses.filter((status) => status === 201).length).toBeLessThanOrEqual(2 * PEOPLE);
      const reader = stage.place.established[0]?.client;
      for (const id of ids.slice(0, 50)) expect((await reader?.download('lobby', id))?.status).toBe(404);
    },
    holds: (result) => {
      expect(result.seen).toBe(0);
    },
  },
  {
    name: 'ten rooms, 100 in 60 s each',
    tick: EVERY_SECOND,
    rooms: ROOMS,
    run: async (stage) => {
      for (const room of ROOMS) {
        flood(stage, { people: 100, seconds: MINUTE, room });
        honestNewcomers(stage, { people: 3, seconds: 5 * MINUTE, from: MINUTE, room });
      }
      await stage.play(15 * MINUTE);
    },
    holds: (result, stage) => {
      expect(result.guardedAfter).toBeLessThanOrEqual(6);
      expect(result.seen).toBeLessThanOrEqual(6 * ALL_ROOMS);
      expect(result.left).toBe(0);
      expect(share(result)).toBeGreaterThanOrEqual(0.9);
      for (const { guardedAt } of stage.places) expect(guardedAt).toBeDefined();
    },
  },
];

describeRaids(KINDS);
