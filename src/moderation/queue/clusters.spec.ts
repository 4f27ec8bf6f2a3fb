import { clustersOf } from './clusters.js';

describe('clusters of messages', () => {
  it('have the smallest of their ids, and leave out messages without a likeness', () => {
    const messages = [
      { id: 3, likeness: ['a'] },
      { id: 5, likeness: [] },
      { id: 7, likeness: ['b', 'a'] },
      { id: 8, likeness: ['c'] },
    ];
    expect([...clustersOf(messages)]).toEqual([
      [7, 3],
      [3, 3],
    ]);
  });

  it('are joined by a message that is like one of each', () => {
    const messages = [
      { id: 1, likeness: ['a'] },
      { id: 2, likeness: ['b'] },
      { id: 3, likeness: ['c'] },
      { id: 4, likeness: ['b', 'c'] },
      { id: 5, likeness: ['c', 'a'] },
    ];
    expect(Object.fromEntries(clustersOf(messages))).toEqual({ 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 });
  });

  it('of thousands of like messages are found in less than quadratic time', () => {
    const messages = Array.from({ length: 50_000 }, (_, id) => ({ id, likeness: [`${id}`, `${id + 1}`] }));
    expect(new Set(clustersOf(messages).values())).toEqual(new Set([0]));
  });
});
