import { describe, expect, it } from '@jest/globals';
import { GroupCommit, type Outcome } from './group-commit.js';

/** Writes that end when the test says so. */
class Writes {
  readonly groups: string[][] = [];
  private readonly ends: ((outcomes: Outcome<string>[]) => void)[] = [];

  write = (key: string, items: readonly string[]): Promise<Outcome<string>[]> => {
    this.groups.push([key, ...items]);
    return new Promise((resolve) => this.ends.push(resolve));
  };

  end(...outcomes: Outcome<string>[]): void {
    this.ends.shift()?.(outcomes);
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  it('writes a lone item at once, and all that arrive meanwhile together', async () => {
    const writes = new Writes();
    const commit = new GroupCommit(writes.write);
    const first = commit.add('room', 'a');
    const others = [commit.add('room', 'b'), commit.add('room', 'c')];
    expect(writes.groups).toEqual([['room', 'a']]);
    writes.end({ result: 'A' });
    expect(await first).toBe('A');
    await settled();
    expect(writes.groups).toEqual([
      ['room', 'a'],
      ['room', 'b', 'c'],
    ]);
    writes.end({ result: 'B' }, { result: 'C' });
    expect(await Promise.all(others)).toEqual(['B', 'C']);
  });

  it('writes together the items that arrive soon after the start of a write, though that has ended', async () => {
    const groups: number[][] = [];
    const commit = new GroupCommit<number, number>((_key, items) => {
      groups.push([...items]);
      return Promise.resolve(items.map((result) => ({ result })));
    }, 100);
    const added: Promise<number>[] = [commit.add('nonces', 1)];
    await added[0];
    for (const item of [2, 3, 4]) {
      await settled();
      added.push(commit.add('nonces', item));
    }
    expect(await Promise.all(added)).toEqual([1, 2, 3, 4]);
    expect(groups).toEqual([[1], [2, 3, 4]]);
  });

  it('does not let one key wait for another', () => {
    const writes = new Writes();
    const commit = new GroupCommit(writes.write);
    void commit.add('one', 'a');
    void commit.add('two', 'b');
    expect(writes.groups).toEqual([
      ['one', 'a'],
      ['two', 'b'],
    ]);
  });

  it('refuses an item without harm to the others in its group', async () => {
    const commit = new GroupCommit<string, string>((_key, items) =>
      Promise.resolve(
        items.map((item) => (item === 'bad' ? { refusal: new Error('refused') } : { result: item })),
      ),
    );
    const outcomes = await Promise.allSettled(['x', 'a', 'bad', 'b'].map((item) => commit.add('room', item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('tells all of a group that its write failed, and goes on with the next', async () => {
    let writes = 0;
    const commit = new GroupCommit<string, string>((_key, items) => {
      writes++;
      if (writes === 1) return Promise.reject(new Error('no database'));
      return Promise.resolve(items.map((item) => ({ result: item })));
    });
    const first = commit.add('room', 'a');
    const second = commit.add('room', 'b');
    await expect(first).rejects.toThrow('no database');
    expect(await second).toBe('b');
  });
});
