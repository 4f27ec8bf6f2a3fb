import { TerminalProgress } from './terminal-progress.js';

class Written {
  text = '';

  constructor(readonly isTTY?: boolean) {}

  write(text: string): void {
    this.text += text;
  }
}

function work(stream: Written): void {
  const progress = new TerminalProgress(stream);
  progress.begin('messages', 40);
  for (let done = 0; done < 40; done++) progress.advance(1);
  progress.end();
}

it('fills a bar on a terminal, and leaves the full one behind', () => {
  const terminal = new Written(true);
  work(terminal);
  expect(terminal.text.startsWith(`\r\x1b[K${'░'.repeat(30)}   0 %  messages: 0`)).toBe(true);
  expect(terminal.text.endsWith(`\r\x1b[K${'█'.repeat(30)} 100 %  messages: 40\n`)).toBe(true);
});

it('writes a line every ten per cent where nothing can be drawn again', () => {
  const file = new Written();
  work(file);
  const lines = file.text.trimEnd().split('\n');
  expect(lines).toHaveLength(10);
  expect(lines[0]).toBe('messages: 4 (10 %)');
  expect(lines.at(-1)).toBe('messages: 40 (100 %)');
});

it('ends at 100 per cent although there was nothing to do, or less than expected', () => {
  const file = new Written();
  const progress = new TerminalProgress(file);
  progress.begin('pins', 0);
  progress.end();
  progress.begin('files', 10);
  progress.advance(4);
  progress.end();
  expect(file.text.split('\n')).toEqual(['pins: 0 (100 %)', 'files: 4 (40 %)', 'files: 4 (100 %)', '']);
});
