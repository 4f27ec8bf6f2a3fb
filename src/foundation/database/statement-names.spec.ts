import { StatementNames } from './statement-names.js';

describe('names of prepared statements', () => {
  it('are the same for the same text and differ for different ones', () => {
    const names = new StatementNames();
    const first = names.of('SELECT 1');
    expect(names.of('SELECT 2')).not.toBe(first);
    expect(names.of('SELECT 1')).toBe(first);
  });

  it('run out, so that texts made at run time cannot fill the memory of every connection', () => {
    const names = new StatementNames();
    const given = Array.from({ length: 2_000 }, (_, index) => names.of(`SELECT ${index}`));
    expect(given.filter((name) => name !== undefined)).toHaveLength(1_000);
    expect(names.of('SELECT 0')).toBe(given[0]);
  });
});
