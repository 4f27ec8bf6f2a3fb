import { type Settings } from '../../foundation/config/settings.js';
import { type RateLimits } from '../../foundation/limits/rate-limits.service.js';
import { type InnerRequest } from '../../protocol/requests/inner-request.js';
import { json } from '../../protocol/requests/reply.js';
import { type Answers } from '../dispatch/answers.service.js';
import { type Dispatcher } from '../dispatch/dispatcher.service.js';
import { BatchService } from './batch.service.js';

const SETTINGS = { batchMaxRequests: 1000, batchMaxDepth: 4 } as unknown as Settings;
const NO_LIMITS = { charge: () => undefined } as unknown as RateLimits;
const NO_MEMORY = { grow: () => true } as unknown as Answers;
const REQUEST = { depth: 0, origin: {} } as InnerRequest;
const ELEMENT = { method: 'GET', path: '/rooms', query: '', headers: {}, body: { kind: 'none' } } as never;

/** How many elements run in each turn of the event loop in which some do, when each is answered at once. */
async function elementsByTurn(elements: number, answer: string): Promise<number[]> {
  const counts: number[] = [];
  let turn = 0;
  let isRunning = true;
  const count = (): void => {
    turn++;
    if (isRunning) setImmediate(count);
  };
  setImmediate(count);
  const dispatchAs = (): ReturnType<Dispatcher['dispatchAs']> => {
    counts[turn] = (counts[turn] ?? 0) + 1;
    return json(answer);
  };
  const batches = new BatchService(SETTINGS, { dispatchAs } as unknown as Dispatcher, NO_LIMITS, NO_MEMORY);
  await batches.runAll(
    Array.from({ length: elements }, () => ELEMENT),
    null,
    REQUEST,
  );
  isRunning = false;
  return counts.filter((each) => each > 0);
}

describe('a batch', () => {
  it('that is as small as most polls runs in one turn of the event loop', async () => {
    expect(await elementsByTurn(100, '')).toEqual([100]);
  });

  it('that is large lets other requests have their turn', async () => {
    const turns = await elementsByTurn(1000, '');
    expect(turns.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...turns)).toBeLessThanOrEqual(128);
  });

  it('whose answers are long lets other requests have their turn sooner', async () => {
    expect(Math.max(...(await elementsByTurn(20, 'x'.repeat(300_000))))).toBeLessThanOrEqual(2);
  });
});
