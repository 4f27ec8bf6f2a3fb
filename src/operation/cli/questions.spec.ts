import { PassThrough } from 'node:stream';
import { type AskOperator, askAt, askUntil, NoAnswerError } from './questions.js';

let input: PassThrough;
let ask: AskOperator;

beforeEach(() => {
  input = new PassThrough();
  ask = askAt(input, new PassThrough().resume());
});

it('lines that were pasted at once answer one question after the other', async () => {
  input.write('first\n second \n\n');
  expect([await ask('1?'), await ask('2?'), await ask('3?')]).toEqual(['first', 'second', '']);
  const fourth = ask('4?');
  input.write('later\n');
  expect(await fourth).toBe('later');
});

it('the end of the input is not taken for an answer', async () => {
  input.end('only\n');
  expect(await ask('1?')).toBe('only');
  await expect(ask('2?')).rejects.toThrow(NoAnswerError);
});

it('a question is asked until its answer can be used, and Enter takes the suggested one', async () => {
  const read = (text: string): { value: number } | { reason: string } =>
    /^\d+$/.test(text) ? { value: Number(text) } : { reason: 'a number' };
  const asked: string[] = [];
  const answers = ['x', '', '7'];
  const scripted: AskOperator = (question) => {
    asked.push(question);
    return Promise.resolve(answers.shift() ?? '');
  };
  expect(await askUntil(scripted, 'How many?', read, '3')).toBe(3);
  expect(asked).toEqual(['How many? [3] ', "  That can't be used: a number.\nHow many? [3] "]);
  expect(await askUntil(scripted, 'How many?', read)).toBe(7);
});
