import { join } from 'node:path';
import { Identity } from '../client/identity.js';
import { type SessionClient } from '../client/client.js';
import { installServer, type TestServer } from '../support/server.js';
import {
  copyFixture,
  type FreshFixture,
  type Manifest,
  readExpected,
  readManifest,
} from './support/fixture.js';
import { cutPageDifferences, followPages, isCut, type Row } from './support/cut-pages.js';
import { differences, isObject, recordOf, shifted } from './support/reads.js';

/**
 * Compares what pysogs answered on its own data with what an import of it answers. The only differences are those of protocol
 * 7.1 and 10; each has a function here that turns the recorded answer into the one that is right for Plaza.
 */
const expected = await readExpected();
const manifest = await readManifest();

let fixture: FreshFixture;
let server: TestServer;

beforeAll(async () => {
  fixture = await copyFixture();
  server = await installServer();
  const { code, stderr } = await server.plaza(
    'import',
    'pysogs',
    '--db',
    `sqlite:///${join(fixture.folder, 'sogs.db')}`,
  );
  if (code !== 0) throw new Error(stderr);
  await server.start();
});

afterAll(async () => {
  await server.stop();
  await fixture.remove();
});

it('an import keeps the server key, and with it every community URL', () => {
  expect(server.publicKey).toBe(manifest.server_public_x25519);
});

describe.each(Object.keys(expected))('the reads of %s', (person) => {
  const reads = expected[person] ?? {};

  it('are answered as before the move', async () => {
    const client = clientOf(person);
    const found: string[] = [];
    for (const [path, recorded] of Object.entries(reads)) {
      const wanted = withWhatIsAlwaysThere(withFlagsAsBooleans(shifted(recorded, fixture.shift)));
      const answer = recordOf(path, await client.get(path));
      const actual = path.includes('/messages/since/')
        ? withoutOwnDeletions(answer, wanted, client.identity && client.id)
        : answer;
      if (answersAsIfHidden(path, reads, actual)) continue;
      if (path === '/rooms')
        found.push(...differences(wanted, withoutOwnHiddenRooms(actual, wanted, reads), path));
      else if (isCut(path, wanted)) {
        const collected = await followPages(client, path, actual as Row[]);
        found.push(...cutPageDifferences(path, wanted, collected));
      } else found.push(...differences(wanted, actual, path));
    }
    expect(found).toEqual([]);
  });
});

/** Protocol 10: `whisper_mods` is a boolean, not 0 or 1. */
function withFlagsAsBooleans(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withFlagsAsBooleans);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'whisper_mods' ? Boolean(inner) : withFlagsAsBooleans(inner),
    ]),
  );
}

/** Protocol 6: a deletion is told to its author, too, when the message is newer than what they ask for. */
function withoutOwnDeletions(actual: unknown, wanted: unknown, reader: string | undefined): unknown {
  if (!Array.isArray(actual) || !Array.isArray(wanted)) return actual;
  const known = new Set((wanted as Row[]).map(({ id }) => id));
  return (actual as (Row & { deleted?: true; session_id?: string })[]).filter(
    ({ id, deleted, session_id }) => !deleted || session_id !== reader || known.has(id),
  );
}

/**
 * Protocol 7.1, "Types and absence": `pinned_at` in whole seconds, and keys that pysogs leaves out when there is
 * nothing to say are always there.
 */
function withWhatIsAlwaysThere(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withWhatIsAlwaysThere);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'pinned_at' ? Math.floor(Number(inner)) : withWhatIsAlwaysThere(inner),
  ]);
  const isStanding = ['token', 'read', 'write', 'upload'].every((key) => key in value);
  const isDetails = isStanding && 'info_updates' in value;
  return { ...(isStanding && NO_ROLE), ...(isDetails && NOTHING_TO_SAY), ...Object.fromEntries(entries) };
}

const NO_ROLE = { moderator: false, admin: false, global_moderator: false, global_admin: false };
const NOTHING_TO_SAY = { description: '', pinned_messages: [], hidden_moderators: [], hidden_admins: [] };

/** Protocol 10: a room that is hidden from someone answers 404 everywhere, where pysogs answered 403 to most requests. */
function answersAsIfHidden(path: string, reads: Record<string, unknown>, actual: unknown): boolean {
  const room = /^\/room\/\w+/.exec(path)?.[0];
  return room === '/room/secret' && reads[room] === 404 && reads[path] === 403 && actual === 404;
}

/** Protocol 10: a moderator's own hidden room is in their `/rooms`. */
function withoutOwnHiddenRooms(actual: unknown, wanted: unknown, reads: Record<string, unknown>): unknown {
  if (!Array.isArray(actual) || !Array.isArray(wanted)) return actual;
  const listed = new Set((wanted as RoomRow[]).map(({ token }) => token));
  return (actual as RoomRow[]).filter((room) => {
    const isOwnHidden = room.token === 'secret' && room.moderator === true && !listed.has(room.token);
    if (isOwnHidden) {
      expect(differences(withWhatIsAlwaysThere(shifted(reads['/room/secret'], 0)), room)).toEqual([]);
    }
    return !isOwnHidden;
  });
}

interface RoomRow {
  token: string;
  moderator?: boolean;
}

function clientOf(person: string): SessionClient {
  if (person === 'anonymous') return server.client(undefined);
  return server.client(new Identity(seedOf(manifest, person)));
}

function seedOf({ admin, users }: Manifest, person: string): string {
  if (person === 'admin') return admin;
  const seed = users[Number(person.replace('user', ''))];
  if (seed === undefined) throw new Error(`the manifest has no ${person}`);
  return seed;
}
