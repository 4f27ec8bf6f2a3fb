import { Logger } from '@nestjs/common';
import { pino } from 'pino';
import { loggableError } from './create-logger.js';
import { NestLogger } from './nest-logger.js';

let lines: Record<string, unknown>[];
let logger: Logger;

beforeEach(() => {
  lines = [];
  const options = { level: 'info', base: null, timestamp: false, serializers: { err: loggableError } };
  const stream = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  Logger.overrideLogger(new NestLogger(pino(options, stream)));
  logger = new Logger('Rooms');
});

it('the logger gives a line its text and context', () => {
  logger.warn('Late');
  expect(lines).toEqual([{ level: 40, context: 'Rooms', msg: 'Late' }]);
});

it('the logger gives a line the fields that follow the text', () => {
  logger.log('Swept', { files: 3 });
  expect(lines).toEqual([{ level: 30, context: 'Rooms', files: 3, msg: 'Swept' }]);
});

it('the logger takes an error as the text or after it', () => {
  logger.error(new TypeError('broken'));
  logger.error('Sweep failed', new TypeError('broken'));
  const err = { type: 'TypeError', message: 'broken', stack: expect.any(String) as string };
  expect(lines).toEqual([
    { level: 50, context: 'Rooms', err, msg: 'broken' },
    { level: 50, context: 'Rooms', err, msg: 'Sweep failed' },
  ]);
});

it('the logger takes the stack as text, as Nest passes it', () => {
  logger.error('broken', 'Error: broken\n    at x');
  expect(lines).toEqual([{ level: 50, context: 'Rooms', stack: 'Error: broken\n    at x', msg: 'broken' }]);
});

it('the logger leaves out what is less important than its level, and what Nest says about its own start', () => {
  logger.debug('detail');
  logger.verbose('more detail');
  new Logger('InstanceLoader').log('RoomsModule dependencies initialized');
  new Logger('_InstanceLoader').log('As the bundle names it');
  expect(lines).toEqual([]);
});

it('the logger leaves out of an error the details that a database driver adds to it', () => {
  const cause = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (session_id)=(05aa)',
  });
  const error = Object.assign(new Error('query failed', { cause }), {
    parameters: ['05aa'],
    query: 'INSERT',
  });
  logger.error('Unforeseen', error);
  expect(JSON.stringify(lines)).not.toContain('05aa');
  expect(lines[0]).toMatchObject({
    err: { message: 'query failed', cause: { message: 'duplicate key', code: '23505' } },
  });
});
