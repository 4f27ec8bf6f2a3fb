import { createInterface, type Interface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';

/** Asks a person one line; undefined where nobody is there to answer. */
export type AskOperator = (question: string) => Promise<string>;

/** The end of the input before a question was answered, as after Ctrl-D. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** Asks at a terminal, one question at a time. Lines that were typed ahead, or pasted, answer the next questions. */
export function askAt(input: Readable, output: Writable): AskOperator {
  const typed: string[] = [];
  let isAtEnd = false;
  let answer: ((line: string | undefined) => void) | undefined;
  let lines: Interface | undefined;

  const open = (): Interface =>
    createInterface({ input, output })
      .on('line', (line) => {
        const waiting = answer;
        answer = undefined;
        if (waiting) waiting(line);
        else typed.push(line);
      })
      .once('close', () => {
        isAtEnd = true;
        // An answer ends its line, and this ends it where there is none.
        if (answer) output.write('\n');
        answer?.(undefined);
      });
  const next = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      if (typed.length > 0 || isAtEnd) resolve(typed.shift());
      else answer = resolve;
    });
  return async (question) => {
    lines ??= open();
    if (!isAtEnd) {
      lines.setPrompt(question);
      lines.prompt();
    }
    const line = await next();
    // Nothing is read, and the process may end, until the next question.
    if (!isAtEnd) lines.pause();
    if (line === undefined)
      throw new NoAnswerError('the questions were not answered: nothing has been changed');
    return line.trim();
  };
}

/** Asks until `read` makes something of the answer; an empty answer stands for `preset` where there is one. */
export async function askUntil<Value>(
  ask: AskOperator,
  question: string,
  read: (text: string) => { value: Value } | { reason: string },
  preset?: string,
): Promise<Value> {
  let complaint = '';
  for (;;) {
    const hint = preset === undefined || preset === '' ? '' : ` [${preset}]`;
    const given = await ask(`${complaint}${question}${hint} `);
    const result = read(given === '' ? (preset ?? '') : given);
    if ('value' in result) return result.value;
    complaint = `  That can't be used: ${result.reason}.\n`;
  }
}
