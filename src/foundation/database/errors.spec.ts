import { explain } from '../errors/explain.js';
import { DatabaseFullError, DatabaseUnavailableError, isConflict, translateError } from './errors.js';

function withCode(code: string): Error {
  return Object.assign(new Error('from the driver'), { code });
}

describe('translating errors of the database', () => {
  it.each([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a missing socket', withCode('ENOENT')],
    ['a shutdown', withCode('57P01')],
    ['a start', withCode('57P03')],
    ['a statement that timed out', withCode('57014')],
    ['too many connections', withCode('53300')],
    ['a full disk', withCode('53100')],
    ['a connection that broke', withCode('08006')],
    ['a standby', withCode('25006')],
    ['a lost connection', new Error('Connection terminated unexpectedly')],
    ['an exhausted pool', new Error('timeout exceeded when trying to connect')],
    ['a server that does not answer', new Error('Query read timeout')],
  ])('calls %s unavailable and keeps its cause', (_, error) => {
    const translated = translateError(error);
    expect(translated).toBeInstanceOf(DatabaseUnavailableError);
    expect(translated).toMatchObject({ cause: error });
  });

  it.each([
    ['a duplicate key', withCode('23505')],
    ['a syntax error', withCode('42601')],
    ['a conflict', withCode('40001')],
    ['an error of ours', new Error('no such room')],
    ['a value that is no error', 'thrown text'],
  ])('leaves %s as it is', (_, error) => {
    expect(translateError(error)).toBe(error);
  });

  it('tells a conflict that is worth another attempt from everything else', () => {
    expect([withCode('40001'), withCode('40P01')].map(isConflict)).toEqual([true, true]);
    expect([withCode('23505'), new Error('no code'), undefined].map(isConflict)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each(['53100', '58030'])('tells a full disk (%s) from a database that is away', (code) => {
    const error = translateError(Object.assign(new Error('could not extend file'), { code }));
    expect(error).toBeInstanceOf(DatabaseFullError);
    expect(explain(error)).toMatchObject({ status: 507 });
    const away = translateError(Object.assign(new Error('too many connections'), { code: '53300' }));
    expect(away).not.toBeInstanceOf(DatabaseFullError);
    expect(explain(away)).toMatchObject({ status: 503 });
  });
});
