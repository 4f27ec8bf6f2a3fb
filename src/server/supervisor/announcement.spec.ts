import { type Announcement, startLine, welcomePage } from './announcement.js';

const community: Announcement = {
  publicUrl: 'https://chat.example.org',
  publicKeyHex: 'c3'.repeat(32),
  roomToken: 'lobby',
  isFirstStart: true,
};
const url = `https://chat.example.org/lobby?public_key=${'c3'.repeat(32)}`;

it('every start tells the community URL in one line', () => {
  expect(startLine(community)).toBe(`Plaza is open: ${url}`);
});

it.each([true, false])(
  'the first start also shows what a newcomer needs (terminal: %s)',
  async (isTerminal) => {
    const page = await welcomePage(community, isTerminal);
    expect(page).toContain(`    ${url}\n`);
    expect(page).toContain(`Public key  ${community.publicKeyHex}\n`);
    expect(page).toContain('npm run --silent plaza -- mod add <05…> --global --admin\n');
  },
);

it('later starts leave out the commands for the first one', async () => {
  const page = await welcomePage({ ...community, isFirstStart: false }, true);
  expect(page).toContain(`    ${url}\n`);
  expect(page).not.toContain('admin');
});

it('the QR code is black on white on a terminal, and has no colour codes elsewhere', async () => {
  const black = '\u001b[30;107m';
  const onTerminal = (await welcomePage(community, true)).split('\n').filter((line) => line.includes(black));
  expect(onTerminal.length).toBeGreaterThan(20);
  expect(onTerminal.every((line) => line.endsWith('\u001b[0m'))).toBe(true);
  const elsewhere = await welcomePage(community, false);
  expect(elsewhere).not.toContain('\u001b');
  const widths = elsewhere
    .split('\n')
    .filter((line) => line.includes('█'))
    .map((line) => line.length);
  expect(new Set(widths)).toEqual(new Set([Math.max(...widths)]));
  expect(widths).toHaveLength(onTerminal.length);
});

it('a community without rooms is told how to add one', async () => {
  const empty = { ...community, roomToken: undefined };
  expect(startLine(empty)).toBe(
    'Plaza is open at https://chat.example.org and has no room yet: npm run --silent plaza -- room add <token>',
  );
  const page = await welcomePage(empty, false);
  expect(page).toContain('npm run --silent plaza -- room add <token> --name <name>\n');
  expect(page).not.toMatch(/[▀▄█]/);
});
