import { RecentVisitors } from './recent-visitors.js';

const USERS = [1, 2, 3, 4, 5, 6, 7];

function noteAll(visitors: RecentVisitors, roomId: number): number[] {
  return USERS.filter((userId) => visitors.note(roomId, userId));
}

describe('recent visitors', () => {
  test('are new to each room once', () => {
    const visitors = new RecentVisitors(3);
    expect(noteAll(visitors, 1)).toEqual(USERS);
    expect(noteAll(visitors, 1)).toEqual([]);
    expect(noteAll(visitors, 2)).toEqual(USERS);
    expect(noteAll(visitors, 2)).toEqual([]);
  });

  test('are forgotten in parts, each person once in a round', () => {
    const visitors = new RecentVisitors(3);
    noteAll(visitors, 1);
    const rounds = [1, 2, 3].map(() => {
      visitors.forgetPart();
      return noteAll(visitors, 1);
    });
    expect(rounds.map((round) => round.length)).toEqual([2, 3, 2]);
    expect(rounds.flat().sort()).toEqual(USERS);
    visitors.forgetPart();
    expect(noteAll(visitors, 1)).toEqual(rounds[0]);
  });

  test('can all be forgotten at once', () => {
    const visitors = new RecentVisitors(3);
    noteAll(visitors, 1);
    visitors.forgetAll();
    expect(noteAll(visitors, 1)).toEqual(USERS);
  });
});
