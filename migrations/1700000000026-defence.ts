import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The memory of the defence against raids: how much people are trusted, what strangers did together in each room, incidents and
 * challenges, and why a message is held. Trust is worked out from the messages that are there. The older version can live
 * with all of it: it only adds tables, and columns with constant defaults.
 */
export class Defence1700000000026 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await addStandings(queryRunner);
    await addTrust(queryRunner);
    await addRoomDefences(queryRunner);
    await addHeldMessages(queryRunner);
    await addChallenges(queryRunner);
    // Quotas of new people count the files of the last minutes in a room.
    await queryRunner.query('CREATE INDEX files_room_time_idx ON files (room_id, uploaded_at)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE challenges, held_edits');
    await queryRunner.query('ALTER TABLE events DROP COLUMN undoes');
    await queryRunner.query(
      'ALTER TABLE messages DROP COLUMN held_for, DROP COLUMN rejected_at, DROP COLUMN likeness, DROP COLUMN incident_id',
    );
    await queryRunner.query('DROP TABLE busy_days, room_defences, server_defence, incidents, trust');
    await queryRunner.query('DROP TYPE defence_state');
    await queryRunner.query('DROP INDEX files_room_time_idx');
    await tellOfChanges(queryRunner, FLAGS);
    await queryRunner.query('ALTER TABLE users DROP COLUMN is_server');
    for (const table of ['users', 'permission_overrides']) {
      await queryRunner.query(
        `ALTER TABLE ${table} DROP COLUMN trusted, DROP COLUMN muted_until, DROP COLUMN shadowed`,
      );
    }
  }
}

/** The columns of `users` whose changes caches are told of, as they were and with the new ones. */
const FLAGS = ['banned', 'moderator', 'admin', 'visible'];
const FLAGS_AND_MARKS = [...FLAGS, 'trusted', 'muted_until', 'shadowed'];

async function tellOfChanges(queryRunner: QueryRunner, columns: readonly string[]): Promise<void> {
  await queryRunner.query('DROP TRIGGER users_changed ON users');
  await queryRunner.query(`
    CREATE TRIGGER users_changed AFTER UPDATE OF ${columns.join(', ')} OR DELETE ON users
      FOR EACH ROW EXECUTE FUNCTION notify_users_changed()`);
}

/** Decisions of staff about somebody beside bans and roles, in a room and on the whole server. */
async function addStandings(queryRunner: QueryRunner): Promise<void> {
  for (const table of ['users', 'permission_overrides']) {
    await queryRunner.query(`
      ALTER TABLE ${table} ADD COLUMN trusted boolean NOT NULL DEFAULT false,
        ADD COLUMN muted_until double precision,
        ADD COLUMN shadowed boolean NOT NULL DEFAULT false`);
  }
  await tellOfChanges(queryRunner, FLAGS_AND_MARKS);
  // Those that there are get it when the server writes under them again.
  await queryRunner.query('ALTER TABLE users ADD COLUMN is_server boolean NOT NULL DEFAULT false');
}

/** A person who has published something in a room. Someone without a row is a stranger there. */
async function addTrust(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE trust (
      room_id bigint NOT NULL CONSTRAINT trust_room_id_fkey REFERENCES rooms (id) ON DELETE CASCADE,
      user_id bigint NOT NULL CONSTRAINT trust_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
      first_at double precision NOT NULL,
      posts integer NOT NULL,
      days integer NOT NULL,
      last_day integer NOT NULL,
      member_since double precision,
      regular_since double precision,
      CONSTRAINT trust_pkey PRIMARY KEY (room_id, user_id)
    )`);
  await queryRunner.query('CREATE INDEX trust_user_idx ON trust (user_id)');
  await queryRunner.query(
    'CREATE INDEX trust_waiting_idx ON trust (room_id, first_at) WHERE member_since IS NULL AND posts >= 3 AND days >= 2',
  );
  await queryRunner.query(
    'CREATE INDEX trust_member_since_idx ON trust (room_id, member_since) WHERE member_since IS NOT NULL',
  );
  await queryRunner.query(`
    INSERT INTO trust (room_id, user_id, first_at, posts, days, last_day, member_since, regular_since)
    SELECT room_id, user_id, first_at, posts, days, last_day,
      CASE WHEN posts >= 3 AND days >= 2 AND last_at >= first_at + 86400 THEN first_at + 86400 END,
      CASE WHEN posts >= 30 AND days >= 10 THEN last_at END
    FROM (
      SELECT room_id, user_id, min(posted_at) AS first_at, max(posted_at) AS last_at, count(*) AS posts,
        count(DISTINCT floor(posted_at / 86400)) AS days, floor(max(posted_at) / 86400)::integer AS last_day
      FROM messages
      WHERE state = 'published' AND data IS NOT NULL AND whisper_to IS NULL AND NOT whisper_mods
      GROUP BY room_id, user_id
    ) AS history`);
}

async function addRoomDefences(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`CREATE TYPE defence_state AS ENUM ('calm', 'guarded', 'alert', 'closed')`);
  await queryRunner.query(`
    CREATE TABLE incidents (
      id bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT incidents_pkey PRIMARY KEY,
      room_id bigint NOT NULL CONSTRAINT incidents_room_id_fkey REFERENCES rooms (id) ON DELETE CASCADE,
      began_at double precision NOT NULL,
      started_at double precision NOT NULL,
      ended_at double precision,
      cause text NOT NULL,
      is_banned boolean NOT NULL DEFAULT false,
      is_undone boolean NOT NULL DEFAULT false,
      told integer NOT NULL DEFAULT 0
    )`);
  await queryRunner.query('CREATE INDEX incidents_room_idx ON incidents (room_id, id)');
  const times = ['first_posts', 'newcomer_posts', 'young_posts', 'attempts', 'solved'];
  await queryRunner.query(`
    CREATE TABLE room_defences (
      room_id bigint CONSTRAINT room_defences_pkey PRIMARY KEY
        CONSTRAINT room_defences_room_id_fkey REFERENCES rooms (id) ON DELETE CASCADE,
      state defence_state NOT NULL DEFAULT 'calm',
      since double precision NOT NULL,
      until double precision,
      is_forced boolean NOT NULL DEFAULT false,
      incident_id bigint CONSTRAINT room_defences_incident_id_fkey REFERENCES incidents (id) ON DELETE SET NULL,
      expected integer NOT NULL DEFAULT 0,
      expected_until double precision,
      ${times.map((name) => `${name} integer[] NOT NULL DEFAULT '{}'`).join(', ')},
      right_answers integer[] NOT NULL DEFAULT '{}',
      wrong_answers integer[] NOT NULL DEFAULT '{}',
      day integer NOT NULL DEFAULT 0,
      busiest jsonb NOT NULL DEFAULT '{}'
    )`);
  await queryRunner.query(`
    CREATE INDEX room_defences_incident_idx ON room_defences (incident_id) WHERE incident_id IS NOT NULL`);
  await queryRunner.query(`
    CREATE TABLE server_defence (
      only_row boolean CONSTRAINT server_defence_pkey PRIMARY KEY DEFAULT true
        CONSTRAINT server_defence_has_one_row CHECK (only_row),
      ${times
        .slice(0, 3)
        .map((name) => `${name} integer[] NOT NULL DEFAULT '{}'`)
        .join(', ')}
    )`);
  await queryRunner.query('INSERT INTO server_defence DEFAULT VALUES');
  await queryRunner.query(`
    CREATE TABLE busy_days (
      room_id bigint NOT NULL CONSTRAINT busy_days_room_id_fkey REFERENCES rooms (id) ON DELETE CASCADE,
      day integer NOT NULL,
      busiest jsonb NOT NULL,
      CONSTRAINT busy_days_pkey PRIMARY KEY (room_id, day)
    )`);
}

async function addHeldMessages(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    ALTER TABLE messages ADD COLUMN held_for text, ADD COLUMN rejected_at double precision,
      ADD COLUMN likeness bigint[], ADD COLUMN incident_id bigint`);
  await queryRunner.query(
    `CREATE INDEX messages_held_idx ON messages (room_id, user_id) WHERE state = 'held'`,
  );
  await queryRunner.query(
    'CREATE INDEX messages_incident_idx ON messages (incident_id) WHERE incident_id IS NOT NULL',
  );
  await queryRunner.query(
    'CREATE INDEX messages_likeness_idx ON messages (room_id, posted_at) WHERE likeness IS NOT NULL',
  );
  await queryRunner.query(`
    CREATE TABLE held_edits (
      message_id bigint CONSTRAINT held_edits_pkey PRIMARY KEY
        CONSTRAINT held_edits_message_id_fkey REFERENCES messages (id) ON DELETE CASCADE,
      held_at double precision NOT NULL,
      held_for text NOT NULL,
      rejected_at double precision,
      data bytea NOT NULL,
      padded_size integer NOT NULL,
      signature bytea NOT NULL
    )`);
  await queryRunner.query('ALTER TABLE events ADD COLUMN undoes bigint');
  await queryRunner.query(
    'CREATE UNIQUE INDEX events_undoes_idx ON events (undoes) WHERE undoes IS NOT NULL',
  );
}

async function addChallenges(queryRunner: QueryRunner): Promise<void> {
  await queryRunner.query(`
    CREATE TABLE challenges (
      room_id bigint NOT NULL CONSTRAINT challenges_room_id_fkey REFERENCES rooms (id) ON DELETE CASCADE,
      user_id bigint NOT NULL CONSTRAINT challenges_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
      state text NOT NULL,
      level integer NOT NULL,
      question jsonb,
      card_id bigint CONSTRAINT challenges_card_id_fkey REFERENCES messages (id) ON DELETE SET NULL,
      made_at double precision NOT NULL,
      read_at double precision,
      wrong_tries integer NOT NULL DEFAULT 0,
      due_at double precision NOT NULL,
      is_explained boolean NOT NULL DEFAULT false,
      CONSTRAINT challenges_pkey PRIMARY KEY (room_id, user_id)
    )`);
  await queryRunner.query('CREATE INDEX challenges_user_idx ON challenges (user_id)');
  await queryRunner.query(
    'CREATE UNIQUE INDEX challenges_card_idx ON challenges (card_id) WHERE card_id IS NOT NULL',
  );
  await queryRunner.query('CREATE INDEX challenges_due_idx ON challenges (due_at)');
}
