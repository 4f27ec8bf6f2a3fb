import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OldCommunity } from '../support/old-community.js';
import { type TestServer } from '../support/server.js';
import { type FreshFixture } from './support/fixture.js';

let old: OldCommunity;
let fixture: FreshFixture;
let server: TestServer;

beforeEach(async () => {
  old = await OldCommunity.make({ migrated: true });
  ({ fixture, server } = old);
});

afterEach(() => old.remove());

describe('rooms that clients could not list', () => {
  it('get a name, shorter texts and a count of changes, and the operator is told', async () => {
    old.change(`
      UPDATE rooms SET name = char(9) || ' ', info_updates = 0 WHERE id = 1;
      UPDATE rooms SET name = replace(hex(zeroblob(128)), '00', 'жю') || 'x',
        description = hex(zeroblob(1001)) WHERE id = 2`);
    const { stdout } = await old.imported();
    for (const told of [
      'had a blank name, which clients can not list',
      'had a name of more than 256 characters',
      'had a description of more than 2000 characters',
    ]) {
      expect(stdout).toContain(told);
    }
    const rooms = await server.sql(
      'SELECT token, name, description, info_updates > 0 AS counted FROM rooms WHERE id IN (1, 2) ORDER BY id',
    );
    expect(rooms).toEqual([
      expect.objectContaining({ name: rooms[0]?.token, counted: true }),
      expect.objectContaining({ name: 'жю'.repeat(128), description: '0'.repeat(2000), counted: true }),
    ]);
  });
});

describe('data that can not come along', () => {
  it('is left out or repaired, and listed with the reason', async () => {
    old.change(`
      INSERT INTO messages (id, room, "user", data, data_size, signature) VALUES
        (2001, 99, 3, x'01', 1, zeroblob(64)), (2002, 1, 99, x'01', 1, zeroblob(64));
      INSERT INTO messages (id, room, "user", data, data_size, signature, whisper) VALUES (2003, 1, 3, x'01', 1, zeroblob(64), 99);
      INSERT INTO messages (id, room, "user", data, data_size, signature, seqno, seqno_data) VALUES
        (2004, 1, 3, x'01', 1, NULL, 300, 300), (2005, 1, 3, x'0102', NULL, zeroblob(64), 301, 299);
      INSERT INTO messages (id, room, "user", data, data_size, signature, seqno, seqno_data, filtered) VALUES
        (2006, 1, 3, x'03', 1, zeroblob(64), 302, 302, TRUE);
      INSERT INTO message_history (message, data, signature) VALUES (2001, 'x', x'02');
      INSERT INTO reactions (id, message, reaction) VALUES (2001, 2001, 'a'), (2002, 1, 'nobody');
      INSERT INTO user_reactions (reaction, "user") VALUES (2001, 3);
      INSERT INTO user_permission_futures (room, "user", at) VALUES (1, 3, 1);
      UPDATE users SET session_id = upper(session_id) WHERE id = 33;
      UPDATE rooms SET description = 'a' || char(0) || 'b' WHERE id = 1;
      UPDATE files SET size = size + 1 WHERE id = 1;
      INSERT INTO pinned_messages (room, message, pinned_by, pinned_at) SELECT 1, min(id), 0, 5 FROM messages WHERE room = 1;
      ALTER TABLE rooms ADD COLUMN rate_limit_size INTEGER;
      UPDATE rooms SET rate_limit_size = 3 WHERE id = 2;
      INSERT INTO user_request_nonces ("user", nonce, expiry) VALUES (3, x'000102030405060708090a0b0c0d0e0f', 4e9)`);
    const { stdout } = await old.imported();
    for (const line of [
      '1 left out: their room does not exist',
      '1 left out: their author does not exist',
      '1 left out: they are whispers to someone who does not exist',
      '1 had no signature, so no client could show them: kept as deleted ones',
      '1 had counters that contradict each other: the highest counts',
      '1 left out: nobody reacts with them any more',
      '1 left out: their message does not exist or is left out',
      '1 left out: they would change nothing',
      '1 stood for the old server itself and wrote or pinned: kept without roles',
      '1 had upper-case IDs',
      '1 rooms had a rate limit of their own',
    ]) {
      expect(stdout).toContain(line);
    }
    expect(
      await server.sql(
        `SELECT id, data, padded_size, seqno, seqno_data, state FROM messages WHERE id > 2000`,
      ),
    ).toEqual([
      { id: '2004', data: null, padded_size: null, seqno: '300', seqno_data: '300', state: 'published' },
      {
        id: '2005',
        data: Buffer.of(1, 2),
        padded_size: 2,
        seqno: '301',
        seqno_data: '301',
        state: 'published',
      },
      { id: '2006', data: Buffer.of(3), padded_size: 1, seqno: '302', seqno_data: '302', state: 'unseen' },
    ]);
    expect(await server.sql('SELECT moderator, admin FROM users WHERE id = 0')).toEqual([
      { moderator: false, admin: false },
    ]);
    expect(
      await server.sql('SELECT session_id = lower(session_id) AS lower FROM users WHERE id = 33'),
    ).toEqual([{ lower: true }]);
    expect(await server.sql('SELECT description FROM rooms WHERE id = 1')).toEqual([
      { description: 'a\uFFFDb' },
    ]);
    expect(await server.sql('SELECT expires_at FROM nonces')).toContainEqual({ expires_at: 4e9 + 86_400 });
    const { size } = await stat(join(fixture.folder, 'uploads', 'fishing', '1_plain3.txt'));
    expect(await server.sql('SELECT size::int FROM files WHERE id = 1')).toEqual([{ size }]);
  });

  it('never includes a file from outside the folder of uploads', async () => {
    old.change(`UPDATE files SET path = 'uploads/../key_x25519' WHERE id = 1`);
    const { stdout } = await old.imported();
    expect(stdout).toContain('1 left out: their bytes are missing');
  });

  it('does not lose roles: a person appointed without blinding is found by their blinded ID', async () => {
    old.change('DELETE FROM needs_blinding');
    const { stdout } = await old.imported();
    expect(stdout).toContain('4 more people with a role, a ban or a permission wait for their blinded ID');
    expect(await server.sql('SELECT user_id::int FROM pending_blinding ORDER BY 1')).toEqual(
      [33, 34, 35, 36].map((user_id) => ({ user_id })),
    );
  });
});

describe('imported people', () => {
  it('are trusted by what they have posted, and as newcomers by their age', async () => {
    const now = 1_795_298_700;
    const posts = (user: number, count: number, apart: number): string => `
      INSERT INTO messages (id, room, "user", posted, data, data_size, signature, seqno, seqno_data)
      SELECT 3000 + ${user * 100} + value, 1, ${user}, ${now} - value * ${apart}, x'01', 1, zeroblob(64),
        ${user * 1000} + value, ${user * 1000} + value
      FROM (WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${count}) SELECT value FROM n)`;
    old.change(`
      UPDATE users SET created = ${now} - 9000000 WHERE id IN (3, 7, 8);
      UPDATE users SET banned = TRUE WHERE id = 7;
      INSERT INTO user_permission_overrides (room, "user", banned) VALUES (1, 8, TRUE);
      ${posts(4, 3, 50_000)};
      ${posts(5, 30, 40_000)};
      ${posts(6, 3, 10)}`);
    await old.imported();
    expect(
      await server.sql(
        `SELECT user_id::int AS user, posts, days, member_since IS NOT NULL AS member, regular_since IS NOT NULL AS regular
         FROM trust WHERE room_id = 1 AND user_id BETWEEN 3 AND 9 ORDER BY user_id`,
      ),
    ).toEqual([
      { user: 3, posts: 0, days: 0, member: false, regular: false },
      { user: 4, posts: 3, days: 2, member: true, regular: false },
      { user: 5, posts: 30, days: 14, member: true, regular: true },
      { user: 6, posts: 3, days: 1, member: false, regular: false },
    ]);
  });
});
