import { type CommandDefinition } from './command-definition.js';
import { readMention, readMessageId, readOptions, readWritten, suggestionFor } from './parse.js';

const ID = `15${'ab'.repeat(32)}`;

describe('a command is read', () => {
  it.each([
    ['/ban @x spam', 'ban', '@x spam'],
    ['  /BAN   @x\nspam  ', 'ban', '@x\nspam'],
    ['\u200f/ban, @x', 'ban', '@x'],
    ['／ban @x', 'ban', '@x'],
    ['/ ban @x', 'ban', '@x'],
    ['/', '', ''],
    ['/home/me', 'home', '/me'],
  ])('%j', (body, name, rest) => {
    expect(readWritten(body)).toEqual({ name, rest });
  });
});

describe('somebody is named', () => {
  it.each([ID, `@${ID}`, `@${ID.toUpperCase()},`, `(${ID})`])('by the whole ID: %s', (word) => {
    expect(readMention(word)).toEqual({ kind: 'session id', sessionId: ID });
  });

  it.each([
    ['abcd1234', 'abcd1234', ''],
    ['15abcd1234', 'abcd1234', ''],
    ['15ab…cdef', 'ab', 'cdef'],
    ['15abcd...12ef', 'abcd', '12ef'],
  ])('by digits of it: %s', (word, begins, ends) => {
    expect(readMention(word)).toEqual({ kind: 'digits', begins, ends });
  });

  it.each(['abc', 'abcd123', 'somebody', '4h', 'ab…ef', ''])('and by nothing like %j', (word) => {
    expect(readMention(word)).toBeUndefined();
  });
});

describe('options', () => {
  it('come in any order, and end where the text begins', () => {
    const takes = ['time', 'all', 'everything'] as const;
    const words = 'all 7d everything all of it is spam 4h'.split(' ');
    expect(readOptions(words, takes)).toEqual({
      seconds: 604_800,
      isEverywhere: true,
      isEverything: true,
      text: 'of it is spam 4h',
    });
  });

  it('are text for a command that does not take them', () => {
    expect(readOptions(['7d', 'all'])).toMatchObject({
      seconds: undefined,
      isEverywhere: false,
      text: '7d all',
    });
  });

  it.each(['0s', '1e3s', '7', '999999999999d'])('do not take %s for a time', (word) => {
    expect(readOptions([word], ['time']).seconds).toBeUndefined();
  });
});

it.each([
  ['#12', 12],
  ['12', 12],
  ['0', undefined],
  ['-1', undefined],
  ['12x', undefined],
  ['99999999999999999999', undefined],
])('the id of a message is read from %s', (word, id) => {
  expect(readMessageId(word)).toBe(id);
});

describe('a mistyped name', () => {
  const commands = ['ban', 'mute', 'lockdown', 'del'].map((name) => ({ name }) as CommandDefinition);

  it.each([
    ['bna', 'ban'],
    ['mtue', 'mute'],
    ['lock', 'lockdown'],
    ['lokdwn', 'lockdown'],
    ['xyzzy', undefined],
    ['', undefined],
  ])('%j means %s', (name, command) => {
    expect(suggestionFor(name, commands)?.name).toBe(command);
  });
});
