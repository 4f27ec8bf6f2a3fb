import { pageOfUpdates, type UpdateEvent } from './page-of-updates.js';

/** Events of messages given as `[id, seqno of the text, seqno of its later reactions]`, in order. */
function events(...messages: [id: number, text: number, reactions?: number][]): UpdateEvent[] {
  return messages
    .flatMap(([id, text, reactions]): UpdateEvent[] => {
      const seqno = reactions ?? text;
      const textEvent: UpdateEvent = { id, eventSeqno: text, kind: 'data', seqno, size: 1 };
      if (reactions === undefined) return [textEvent];
      return [textEvent, { id, eventSeqno: reactions, kind: 'reactions', seqno, size: 1 }];
    })
    .sort((a, b) => a.eventSeqno - b.eventSeqno);
}

function rows(page: ReturnType<typeof pageOfUpdates>): [id: number, kind: string, seqno: number][] {
  return page.map(({ event, seqno }) => [event.id, event.kind, seqno]);
}

describe('a page of updates', () => {
  it('is empty when nothing happened', () => {
    expect(pageOfUpdates([], 10)).toEqual([]);
  });

  it('that holds everything tells each message once, at its latest change', () => {
    expect(rows(pageOfUpdates(events([1, 1, 5], [2, 2], [3, 3, 4]), 10))).toEqual([
      [2, 'data', 2],
      [3, 'data', 4],
      [1, 'data', 5],
    ]);
  });

  it('that fits exactly is not cut', () => {
    expect(rows(pageOfUpdates(events([1, 1, 3], [2, 2]), 2))).toEqual([
      [2, 'data', 2],
      [1, 'data', 3],
    ]);
  });

  it('that is cut tells a text at its own seqno when its reactions lie beyond the cut', () => {
    const all = events([1, 1, 4], [2, 2], [3, 3]);
    expect(rows(pageOfUpdates(all, 2))).toEqual([
      [1, 'data', 1],
      [2, 'data', 2],
    ]);
  });

  it('that is cut tells a text at the seqno of its reactions when these lie before the cut', () => {
    const all = events([1, 1, 3], [2, 2], [3, 4]);
    expect(rows(pageOfUpdates(all, 2))).toEqual([
      [2, 'data', 2],
      [1, 'data', 3],
    ]);
  });

  it('tells reactions alone of a message whose text came before', () => {
    const [, reactions] = events([1, 1, 3]);
    const all = [...events([2, 2]), ...(reactions ? [reactions] : [])];
    expect(rows(pageOfUpdates(all, 10))).toEqual([
      [2, 'data', 2],
      [1, 'reactions', 3],
    ]);
  });

  it('that is too large ends before the change that does not fit, and tells nothing from beyond', () => {
    const all = events([1, 1, 5], [2, 2], [3, 3], [4, 4]);
    expect(rows(pageOfUpdates(all, 10, 3))).toEqual([
      [1, 'data', 1],
      [2, 'data', 2],
    ]);
  });

  it('whose first change alone is too large has that change alone', () => {
    const all = events([1, 1, 3], [2, 2]).map((event) => ({ ...event, size: 100 }));
    expect(rows(pageOfUpdates(all, 10, 50))).toEqual([[1, 'data', 1]]);
    expect(rows(pageOfUpdates(all.slice(1), 10, 50))).toEqual([[2, 'data', 2]]);
    expect(rows(pageOfUpdates(all.slice(2), 10, 50))).toEqual([[1, 'reactions', 3]]);
  });

  it.each([
    ['of one row', 1, Infinity],
    ['of little size', 10, 1],
  ])('%s makes progress from page to page', (_which, limit, maxSize) => {
    const all = events([1, 1, 5], [2, 2, 4], [3, 3]);
    const told: [number, string, number][] = [];
    for (let since = 0; ;) {
      const rest = all.filter(({ eventSeqno }) => eventSeqno > since);
      const page = rows(pageOfUpdates(rest, limit, maxSize));
      const last = page.at(-1);
      if (!last) break;
      told.push(...page);
      since = last[2];
    }
    expect(told).toEqual([
      [1, 'data', 1],
      [2, 'data', 2],
      [3, 'data', 3],
      [2, 'reactions', 4],
      [1, 'reactions', 5],
    ]);
  });
});
