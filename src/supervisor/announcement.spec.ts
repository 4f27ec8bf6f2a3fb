import { type Announcement, startLine, welcomePage } from './announcement.js';

const community: Announcement = {
  publicUrl: 'https://chat.example.org',
  publicKeyHex: 'c3'.repeat(32),
  roomToken: 'lobby',
};
const url = `https://chat.example.org/lobby?public_key=${'c3'.repeat(32)}`;

it('every start tells the community URL in one line', () => {
  expect(startLine(community)).toBe(`Plaza is open: ${url}`);
});

it('the first start also shows the key, the URL as a QR code, and how to become admin', async () => {
  const page = await welcomePage(community);
  expect(page).toContain(`    ${url}\n`);
  expect(page).toContain(`Public key  ${community.publicKeyHex}\n`);
  expect(page).toContain('npm run --silent plaza -- mod add <your Session ID> --global --admin\n');
  const code = page.split('\n').filter((line) => /[▀▄█]/.test(line));
  expect(code.length).toBeGreaterThan(15);
  expect(Math.max(...page.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110);
});

it('a community without rooms is told how to add one', async () => {
  const empty = { ...community, roomToken: undefined };
  expect(startLine(empty)).toBe(
    'Plaza is open at https://chat.example.org and has no room yet: npm run --silent plaza -- room add <token>',
  );
  const page = await welcomePage(empty);
  expect(page).toContain('npm run --silent plaza -- room add <token> --name <name>\n');
  expect(page).not.toMatch(/[▀▄█]/);
});
