import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Room } from '../records/rooms/room.js';
import { type SharedPage, SharedPages } from './shared-pages.js';

const anonymous = { userId: null, moderator: false };
const alice = { userId: 1, moderator: false };
const moderator = { userId: 2, moderator: true };

function roomAt(messageSequence: number, id = 1): Room {
  return {
    id,
    token: 'lobby',
    name: 'Lobby',
    description: null,
    imageId: null,
    createdAt: 0,
    messageSequence,
    infoUpdates: 0,
    activeUsers: 0,
    defaultRead: true,
    defaultAccessible: true,
    defaultWrite: true,
    isArchived: false,
    defaultUpload: true,
    settings: {},
  };
}

describe('shared pages', () => {
  let pages: SharedPages;
  let loads: number;
  const load =
    (page: Partial<SharedPage> = {}) =>
    (): Promise<SharedPage> => {
      loads++;
      return Promise.resolve({
        text: `load ${loads}`,
        exceptFor: new Set(),
        exceptModerators: false,
        ...page,
      });
    };

  beforeEach(() => {
    pages = new SharedPages();
    loads = 0;
  });

  it('are read once for all who ask for the same range, also at the same moment', async () => {
    const texts = await Promise.all(
      [anonymous, alice, moderator].map((reader) => pages.textFor(roomAt(5), 'since 4', reader, load())),
    );
    expect(texts).toEqual(['load 1', 'load 1', 'load 1']);
  });

  it('are read anew for another range, another room and another count of the room', async () => {
    await pages.textFor(roomAt(5), 'since 4', anonymous, load());
    expect(await pages.textFor(roomAt(5), 'since 3', anonymous, load())).toBe('load 2');
    expect(await pages.textFor(roomAt(5, 2), 'since 4', anonymous, load())).toBe('load 3');
    expect(await pages.textFor(roomAt(6), 'since 4', anonymous, load())).toBe('load 4');
    expect(await pages.textFor(roomAt(6), 'since 4', anonymous, load())).toBe('load 4');
  });

  it('are not given to users who see something of their own in them', async () => {
    const own = load({ exceptFor: new Set([1]) });
    expect(await pages.textFor(roomAt(5), 'since 4', alice, own)).toBeUndefined();
    expect(await pages.textFor(roomAt(5), 'since 4', anonymous, own)).toBe('load 1');
  });

  it('are not given to moderators of rooms with whispers', async () => {
    const whispered = load({ exceptModerators: true });
    expect(await pages.textFor(roomAt(5), 'since 4', moderator, whispered)).toBeUndefined();
    expect(await pages.textFor(roomAt(5), 'since 4', alice, whispered)).toBe('load 1');
  });

  it('of a late reader of an older count do not replace newer ones', async () => {
    await pages.textFor(roomAt(6), 'since 4', anonymous, load());
    await pages.textFor(roomAt(5), 'since 4', anonymous, load());
    expect(await pages.textFor(roomAt(6), 'since 4', anonymous, load())).toBe('load 1');
  });

  it('of the room that was kept for longest make way when all take too much memory', async () => {
    const huge = load({ text: 'x'.repeat(6_000_000) });
    for (const id of [1, 2, 3]) await pages.textFor(roomAt(5, id), 'since 4', anonymous, huge);
    await pages.textFor(roomAt(5, 3), 'since 4', anonymous, huge);
    await pages.textFor(roomAt(5, 2), 'since 4', anonymous, huge);
    expect(loads).toBe(3);
    await pages.textFor(roomAt(5, 1), 'since 4', anonymous, huge);
    expect(loads).toBe(4);
  });

  it('that fail to load are not kept', async () => {
    const failing = (): Promise<SharedPage> => Promise.reject(new Error('gone'));
    await expect(pages.textFor(roomAt(5), 'since 4', anonymous, failing)).rejects.toThrow('gone');
    expect(await pages.textFor(roomAt(5), 'since 4', anonymous, load())).toBe('load 1');
  });

  it('are kept for some ranges of one count only, so that they do not pile up', async () => {
    for (let since = 0; since < 40; since++) {
      await pages.textFor(roomAt(50), `since ${since}`, anonymous, load());
    }
    expect(await pages.textFor(roomAt(50), 'since 0', anonymous, load())).toBe('load 41');
  });
});
