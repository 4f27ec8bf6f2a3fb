import { type GivesWay, Precedence } from './precedence.js';

/** A process whose turns a test gives. */
class Turns {
  busy = true;
  now = 0;
  readonly counted: Record<string, number> = {};
  readonly served: string[] = [];
  private next: (() => void) | undefined;
  readonly precedence: Precedence;

  constructor(mostWaiting = 4) {
    this.precedence = new Precedence({
      isBusy: () => this.busy,
      later: (work) => (this.next = work),
      now: () => this.now,
      mostWaiting,
      patience: 1_000,
      count: (what, who) => {
        this.counted[`${who} ${what}`] = (this.counted[`${who} ${what}`] ?? 0) + 1;
      },
    });
  }

  /** Asks for somebody's turn, and notes when it comes or is refused. */
  ask(who: GivesWay, name: string = who): void {
    const turn = this.precedence.turn(who);
    if (!turn) this.served.push(`${name} at once`);
    else
      void turn.then(
        () => this.served.push(name),
        () => this.served.push(`no ${name}`),
      );
  }

  async give(turns = 1): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      const { next } = this;
      this.next = undefined;
      next?.();
      await Promise.resolve();
      await Promise.resolve();
    }
  }

  get isIdle(): boolean {
    return this.next === undefined;
  }
}

it('the order of precedence lets everybody pass at once while the server is not busy', () => {
  const turns = new Turns();
  turns.busy = false;
  turns.ask('page');
  turns.ask('stranger');
  expect(turns.served).toEqual(['page at once', 'stranger at once']);
  expect(turns.counted).toEqual({});
});

it('the order of precedence gives one turn after the other, strangers with a key first and pages last', async () => {
  const turns = new Turns();
  for (const who of ['page', 'anonymous', 'page', 'stranger'] as const) turns.ask(who);
  expect(turns.served).toEqual([]);
  await turns.give();
  expect(turns.served).toEqual(['stranger']);
  await turns.give(3);
  expect(turns.served).toEqual(['stranger', 'anonymous', 'page', 'page']);
  expect(turns.isIdle).toBe(true);
  expect(turns.counted).toEqual({ 'page waits': 2, 'anonymous waits': 1, 'stranger waits': 1 });
});

it('the order of precedence lets nobody overtake those who wait when the server is no longer busy', async () => {
  const turns = new Turns();
  turns.ask('page', 'first');
  turns.busy = false;
  turns.ask('page', 'second');
  await turns.give(2);
  expect(turns.served).toEqual(['first', 'second']);
  turns.ask('page', 'third');
  expect(turns.served).toEqual(['first', 'second', 'third at once']);
});

it('the order of precedence bounds how many wait: the newest of the last kind makes room, or is refused itself', async () => {
  const turns = new Turns(3);
  for (const name of ['page 1', 'page 2', 'page 3', 'page 4']) turns.ask('page', name);
  turns.ask('stranger');
  turns.ask('anonymous');
  turns.ask('anonymous', 'another');
  await turns.give(5);
  expect(turns.served).toEqual([
    'no page 4',
    'no page 3',
    'no page 2',
    'no page 1',
    'stranger',
    'anonymous',
    'another',
  ]);
  expect(turns.counted['page refusals']).toBe(4);
});

it('the order of precedence refuses those who have waited too long', async () => {
  const turns = new Turns();
  turns.ask('anonymous');
  turns.now = 600;
  turns.ask('page');
  turns.now = 1_000;
  await turns.give(2);
  expect(turns.served.toSorted()).toEqual(['no anonymous', 'page']);
  expect(turns.isIdle).toBe(true);
});
