import { BODY_BOUNDS, parseBoundedJson } from './bounded-json.js';

const MEGABYTE = 1024 * 1024;

function parse(text: string): unknown {
  return parseBoundedJson(Buffer.from(text));
}

/** Too long to be parsed uncounted. */
const FILLER = 'x'.repeat(8 * 1024);

it.each<[string, unknown]>([
  ['a text with every kind of escape', { a: 'quote " backslash \\ slash / \u0000 é 😀', FILLER }],
  ['a text that ends in a backslash', [`${FILLER}\\`, `${FILLER}"`, `\\"${FILLER}\\\\`]],
  ['brackets and commas inside of texts', [`[{,${'[,'.repeat(BODY_BOUNDS.values)}`, FILLER]],
  ['a file as base64', { b64: 'QUJD'.repeat(MEGABYTE) }],
  ['as many values as are allowed', Array.from({ length: BODY_BOUNDS.values - 1 }, () => 0)],
])('the JSON parser parses %s', (_what, value) => {
  expect(parse(JSON.stringify(value))).toEqual(value);
});

it('the JSON parser passes over a byte order mark', () => {
  expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 });
});

it.each([
  ['a list of very many numbers', `[${'0,'.repeat(MEGABYTE)}0]`],
  ['a list of very many objects', `[${'{},'.repeat(MEGABYTE)}{}]`],
  ['an object of very many members', `{${'"a":1,'.repeat(MEGABYTE)}"a":1}`],
  ['very many lists beside each other', '[]'.repeat(MEGABYTE)],
])('the JSON parser refuses %s', (_what, text) => {
  expect(() => parse(text)).toThrow(`JSON may hold ${BODY_BOUNDS.values} values`);
});

it('the JSON parser refuses lists in lists in lists', () => {
  expect(() => parse('['.repeat(MEGABYTE))).toThrow(`JSON may be nested ${BODY_BOUNDS.depth} deep`);
  expect(() => parse(`${'[{"a":'.repeat(BODY_BOUNDS.depth)}"${FILLER}"`)).toThrow('nested');
});

it.each(['', '{', '{"a":1}x', `{"a":"${FILLER}`, `["${FILLER}\\"]`, 'nul', FILLER])(
  'the JSON parser refuses a text that is not JSON, and says so',
  (text) => {
    expect(() => parse(text)).toThrow('the body is not JSON');
  },
);
