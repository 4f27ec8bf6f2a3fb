import type pg from 'pg';
import { type Sodium } from '../src/protocol/crypto/sodium.js';
import { Crowd } from './crowd.js';
import { cryptoFloor } from './crypto-floor.js';
import { countersOf, DATA_SETS, fill, fillRoom, ROOMS } from './data-set.js';
import { printTable } from './report.js';
import { ServerUnderTest } from './server-under-test.js';
import { countStatements } from './statements.js';
import { ofDesktop, poll, type Situation, type Workload } from './workloads.js';

const MEMBERS = 1_000;
const CONNECTIONS = 64;
/** Polls before those that are measured, in which V8 compiles the code that they run. */
const WARM_UP = 10_000;
const MEASURED = 20_000;
/** Rooms of the largest poll. */
const MOST_ROOMS = 50;
/** Rooms beside those of every data set. */
const MORE_ROOMS = Array.from({ length: MOST_ROOMS - ROOMS.length }, (_, index) => `more-${index}`);

/** One way in which a community grows, beside all that came before. */
interface Growth {
  name: string;
  /** Rooms in a poll. */
  rooms?: number;
  grow?: (sql: pg.Pool) => Promise<unknown>;
}

const FIRST_ROOM = `(SELECT id FROM rooms WHERE token = '${ROOMS[0]}')`;

const GROWTHS: readonly Growth[] = [
  { name: 'two rooms with 1 000 members and 1 000 messages' },
  { name: 'polls of one room', rooms: 1 },
  { name: 'polls of 10 rooms', rooms: 10 },
  { name: 'polls of 50 rooms', rooms: MOST_ROOMS },
  {
    name: '100 000 members',
    grow: (sql) =>
      sql.query(`WITH added AS (INSERT INTO users (session_id, created_at, last_active_at)
          SELECT '15' || encode(sha256(('m' || n)::bytea), 'hex'), 0, extract(epoch FROM now())
          FROM generate_series(1, 100000) AS n RETURNING id)
        INSERT INTO room_users (room_id, user_id, last_active_at)
        SELECT ${FIRST_ROOM}, id, extract(epoch FROM now()) FROM added`),
  },
  { name: '500 000 messages', grow: (sql) => fillRoom(sql, ROOMS[0], 500_000) },
  {
    name: '100 moderators',
    grow: (sql) =>
      sql.query(`INSERT INTO permission_overrides (room_id, user_id, moderator)
        SELECT ${FIRST_ROOM}, id, true FROM users WHERE id NOT IN (SELECT user_id FROM permission_overrides)
        ORDER BY users.id DESC LIMIT 100`),
  },
  {
    name: '50 pinned messages',
    grow: (sql) =>
      sql.query(`INSERT INTO pinned_messages (room_id, message_id, pinned_by, pinned_at)
        SELECT room_id, id, user_id, 0 FROM messages WHERE room_id = ${FIRST_ROOM} ORDER BY id DESC LIMIT 50`),
  },
  {
    name: '20 reactions to each of the latest 5 000 messages',
    grow: (sql) =>
      sql.query(`WITH latest AS (SELECT id, user_id FROM messages WHERE room_id = ${FIRST_ROOM} ORDER BY id DESC LIMIT 5000),
          added AS (INSERT INTO reactions (message_id, reaction)
            SELECT id, chr(128512 + n) FROM latest, generate_series(1, 20) AS n RETURNING id)
        INSERT INTO user_reactions (reaction_id, user_id, reacted_at)
        SELECT added.id, (SELECT min(id) FROM users), 0 FROM added`),
  },
  {
    name: '1 000 held messages',
    grow: (sql) =>
      sql.query(`UPDATE messages SET state = 'held'
        WHERE id IN (SELECT id FROM messages WHERE room_id = ${FIRST_ROOM} ORDER BY id DESC LIMIT 1000)`),
  },
];

/** The figures of a poll; times in milliseconds of CPU. */
interface Row {
  growth: string;
  client: string;
  cpu: number;
  postgresCpu: number;
  floor: number;
  statements: number;
  replyBytes: number;
}

/**
 * Measures idle polls while a community grows in one way after the other, and prints a table in Markdown. The server is
 * restarted each time, because its tables are filled by SQL.
 */
export async function measureGrowth(sodium: Sodium, workers: string | undefined): Promise<void> {
  const env = { RATE_LIMIT_PER_KEY: '0', ...(workers !== undefined && { WORKERS: workers }) };
  let server = await ServerUnderTest.start(env, []);
  const rows: Row[] = [];
  try {
    const crowd = new Crowd(
      sodium,
      {
        addresses: server.addresses,
        publicKey: server.publicKey,
        members: MEMBERS,
        connections: CONNECTIONS,
      },
      () => situationOf(server),
    );
    await fill(server.sql, DATA_SETS.small, crowd.sessionIds);
    await addRooms(server.sql, crowd.sessionIds);
    for (const { name, rooms = 2, grow } of GROWTHS) {
      await grow?.(server.sql);
      await server.sql.query('VACUUM ANALYZE');
      // Its connections end with the server, and the next requests open others.
      crowd.close();
      server = await server.restart();
      for (const workload of workloadsOf(rooms)) {
        rows.push({
          growth: name,
          client: workload.name,
          ...(await measure(server, crowd, workload, sodium)),
        });
      }
    }
    crowd.close();
  } finally {
    await server.stop();
  }
  printTable(
    [
      ['beside all before', ({ growth }) => growth],
      ['client', ({ client }) => client],
      ['CPU ms', ({ cpu }) => cpu.toFixed(3)],
      ['of it PostgreSQL', ({ postgresCpu }) => postgresCpu.toFixed(3)],
      ['floor ms', ({ floor }) => floor.toFixed(3)],
      ['× floor', ({ cpu, floor }) => (cpu / floor).toFixed(1)],
      ['statements', ({ statements }) => statements.toFixed(3)],
      ['bytes', ({ replyBytes }) => String(replyBytes)],
    ],
    rows,
  );
}

function workloadsOf(rooms: number): Workload[] {
  const description = `idle poll of ${rooms} rooms`;
  return [
    {
      name: 'Android',
      description,
      requests: MEASURED,
      request: (_member, _index, now) => poll(now, 0, rooms),
    },
    {
      name: 'Desktop',
      description,
      requests: MEASURED,
      request: (_member, _index, now) => poll(ofDesktop(now), 0, rooms),
    },
  ];
}

async function measure(
  server: ServerUnderTest,
  crowd: Crowd,
  workload: Workload,
  sodium: Sodium,
): Promise<Omit<Row, 'growth' | 'client'>> {
  await crowd.run(workload, { requests: WARM_UP });
  const { body = '' } = crowd.example(workload, await situationOf(server));
  const before = await server.usage();
  const statements = await countStatements(server.sql);
  await crowd.run(workload, { requests: MEASURED });
  const after = await server.usage();
  return {
    cpu: ((after.cpuSeconds - before.cpuSeconds) * 1000) / MEASURED,
    postgresCpu: ((after.postgresCpuSeconds - before.postgresCpuSeconds) * 1000) / MEASURED,
    floor: cryptoFloor(sodium, body.length, crowd.replyBytes),
    statements: ((await countStatements(server.sql)) - statements) / MEASURED,
    replyBytes: crowd.replyBytes,
  };
}

/** Adds rooms that the members have visited. */
async function addRooms(sql: pg.Pool, members: readonly string[]): Promise<void> {
  await sql.query(
    `WITH added AS (INSERT INTO rooms (token, name, created_at)
       SELECT token, 'More', 0 FROM unnest($2::text[]) AS token RETURNING id)
     INSERT INTO room_users (room_id, user_id, last_active_at)
     SELECT added.id, users.id, extract(epoch FROM now()) FROM added, users WHERE users.session_id = ANY ($1)`,
    [members, MORE_ROOMS],
  );
}

async function situationOf(server: ServerUnderTest): Promise<Situation> {
  return { rooms: await countersOf(server.sql, [...ROOMS, ...MORE_ROOMS]), fileId: 0, messageIds: [] };
}
