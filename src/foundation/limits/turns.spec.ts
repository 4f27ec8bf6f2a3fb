import { turnForLongWork } from './turns.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('a queue of turns lets one long task run in each turn of the event loop, in order of arrival', async () => {
  const done: number[] = [];
  const works = [1, 2, 3].map(async (n) => {
    await turnForLongWork();
    done.push(n);
  });
  expect(done).toEqual([]);
  for (const expected of [[1], [1, 2], [1, 2, 3]]) {
    await nextTurn();
    expect(done).toEqual(expected);
  }
  await Promise.all(works);
});

it('a queue of turns puts a task that goes on behind the others that wait', async () => {
  const done: string[] = [];
  const work = async (name: string): Promise<void> => {
    for (let piece = 0; piece < 2; piece++) {
      await turnForLongWork();
      done.push(name);
    }
  };
  await Promise.all([work('a'), work('b')]);
  expect(done).toEqual(['a', 'b', 'a', 'b']);
});
