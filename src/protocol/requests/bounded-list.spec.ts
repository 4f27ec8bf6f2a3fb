import * as z from 'zod';
import { boundedList } from './bounded-list.js';
import { parseInput } from './inputs.js';

function refusalOf(list: z.ZodType, value: unknown): unknown {
  try {
    return parseInput(z.object({ list }), { list: value }, 'malformed_request');
  } catch (error) {
    return (error as Error).message;
  }
}

it('a bounded list parses its elements by their schema', () => {
  const list = boundedList(z.string().transform(Number), 3);
  expect(list.parse(['1', '2'])).toEqual([1, 2]);
  expect(list.parse([])).toEqual([]);
});

it('a bounded list names the first element that is wrong, and what is wrong with it', () => {
  const list = boundedList(z.object({ id: z.int('must be an id') }), 3);
  expect(refusalOf(list, [{ id: 1 }, { id: 'x' }, null])).toMatch(/list\.1\.id: must be an id$/);
});

it.each([null, {}, 'text', 1, undefined])('a bounded list can not be %p', (value) => {
  expect(boundedList(z.unknown(), 3).safeParse(value).success).toBe(false);
});

it('a bounded list parses no element of a list that is too long, and none after the first fault', () => {
  let checked = 0;
  const counting = z.unknown().transform((value, context) => {
    checked++;
    if (value !== 0) context.addIssue('must be 0');
    return value;
  });
  const list = boundedList(counting, 1000);
  expect(
    refusalOf(
      list,
      Array.from({ length: 1001 }, () => 0),
    ),
  ).toMatch(/may have 1000 elements$/);
  expect(checked).toBe(0);
  expect(list.safeParse([0, 1, ...Array.from({ length: 998 }, () => 1)]).success).toBe(false);
  expect(checked).toBe(2);
});

it('a bounded list describes itself in JSON Schema', () => {
  expect(z.toJSONSchema(boundedList(z.string(), 3), { io: 'input' })).toMatchObject({
    type: 'array',
    maxItems: 3,
    items: { type: 'string' },
  });
});
