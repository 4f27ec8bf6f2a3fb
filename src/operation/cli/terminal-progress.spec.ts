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

it('the progress of a command fills a bar on a terminal, and leaves the full one behind', () => {
  const terminal = new Written(true);
  work(terminal);
  expect(terminal.text.startsWith(`\r\x1b[K${'░'.repeat(30)}   0 %  messages: 0`)).toBe(true);
  expect(terminal.text.endsWith(`\r\x1b[K${'█'.repeat(30)} 100 %  messages: 40\n`)).toBe(true);
});

it('the progress of a command writes a line a minute where no bar can be drawn, and none about short work', () => {
  const file = new Written();
  let now = 0;
  const progress = new TerminalProgress(file, () => now);
  progress.begin('messages', 300);
  for (let done = 0; done < 300; done++) {
    now += 1_000;
    progress.advance(1);
  }
  progress.end();
  expect(file.text.split('\n')).toEqual([
    'messages: 60 (20 %)',
    'messages: 120 (40 %)',
    'messages: 180 (60 %)',
    'messages: 240 (80 %)',
    'messages: 300 (100 %)',
    '',
  ]);
  const short = new Written();
  work(short);
  expect(short.text).toBe('');
});

it('the progress of a command ends at 100 per cent also when there was nothing to do, or less than expected', () => {
  const terminal = new Written(true);
  const progress = new TerminalProgress(terminal);
  progress.begin('pins', 0);
  progress.end();
  progress.begin('files', 10);
  progress.advance(4);
  progress.end();
  expect(terminal.text).toMatch(/100 % {2}pins: 0\n/);
  expect(terminal.text).toMatch(/100 % {2}files: 4\n$/);
});
