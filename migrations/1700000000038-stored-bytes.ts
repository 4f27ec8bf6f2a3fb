import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** The tables of sums, and what they are summed up by. */
const OWNERS = [
  {
    table: 'room_storage',
    key: 'room_id',
    column: 'room_id',
    of: 'rooms',
    extra: ', warned_at double precision',
  },
  { table: 'user_storage', key: 'user_id', column: 'uploader_id', of: 'users', extra: '' },
] as const;

type Owner = (typeof OWNERS)[number];

/**
 * How much each room and each person has stored, counted by triggers, so the older version counts as well. Sums are changed
 * in the order of their keys, rooms first, so that two statements that remove many files never wait for each other.
 */
export class StoredBytes1700000000038 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const { table, key, of, extra } of OWNERS) {
      await queryRunner.query(`
        CREATE TABLE ${table} (
          ${key} bigint CONSTRAINT ${table}_pkey PRIMARY KEY
            CONSTRAINT ${table}_${key}_fkey REFERENCES ${of} ON DELETE CASCADE,
          files bigint NOT NULL,
          bytes bigint NOT NULL${extra}
        )`);
    }
    await queryRunner.query(trigger('stored', 'INSERT', 'NEW TABLE AS changed', added));
    await queryRunner.query(trigger('removed', 'DELETE', 'OLD TABLE AS changed', removed));
    await queryRunner.query(`
      CREATE FUNCTION count_moved_files() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        ${OWNERS.map(moved).join('')}
        RETURN NULL;
      END $$`);
    // Row by row and on a condition: deleting a message looks for its files, which must cost nothing here.
    await queryRunner.query(`
      CREATE TRIGGER files_moved AFTER UPDATE OF room_id, uploader_id, size ON files FOR EACH ROW
        WHEN ((OLD.room_id, OLD.uploader_id, OLD.size) IS DISTINCT FROM (NEW.room_id, NEW.uploader_id, NEW.size))
        EXECUTE FUNCTION count_moved_files()`);
    await queryRunner.query(`
      CREATE FUNCTION count_all_files() RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        ${OWNERS.map(
          ({ table, key, column }) => `
        DELETE FROM ${table};
        INSERT INTO ${table} (${key}, files, bytes)
          SELECT ${column}, count(*), sum(size) FROM files WHERE ${column} IS NOT NULL GROUP BY ${column};`,
        ).join('')}
      END $$`);
    // The triggers have locked out whoever writes files, so nothing is missed.
    await queryRunner.query('SELECT count_all_files()');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of ['stored', 'removed', 'moved']) {
      await queryRunner.query(`DROP TRIGGER files_${name} ON files`);
      await queryRunner.query(`DROP FUNCTION count_${name}_files()`);
    }
    await queryRunner.query('DROP FUNCTION count_all_files()');
    for (const { table } of OWNERS) await queryRunner.query(`DROP TABLE ${table}`);
  }
}

/** A trigger that looks at all rows of a statement at once. */
function trigger(name: string, event: string, rows: string, change: (owner: Owner) => string): string {
  return `
    CREATE FUNCTION count_${name}_files() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${OWNERS.map(change).join('')}
      RETURN NULL;
    END $$;
    CREATE TRIGGER files_${name} AFTER ${event} ON files REFERENCING ${rows}
      FOR EACH STATEMENT EXECUTE FUNCTION count_${name}_files()`;
}

function added({ table, key, column }: Owner): string {
  return `
      INSERT INTO ${table} AS s (${key}, files, bytes)
        SELECT ${column}, count(*), sum(size) FROM changed WHERE ${column} IS NOT NULL GROUP BY ${column} ORDER BY ${column}
      ON CONFLICT (${key}) DO UPDATE SET files = s.files + excluded.files, bytes = s.bytes + excluded.bytes;`;
}

function removed({ table, key, column }: Owner): string {
  return `
      PERFORM 1 FROM ${table} WHERE ${key} IN (SELECT ${column} FROM changed) ORDER BY ${key} FOR NO KEY UPDATE;
      UPDATE ${table} s SET files = s.files - c.files, bytes = s.bytes - c.bytes
      FROM (SELECT ${column}, count(*) AS files, sum(size) AS bytes FROM changed GROUP BY ${column}) AS c
      WHERE s.${key} = c.${column};`;
}

/** The sum of a room or person that is just being deleted goes with them. */
function moved({ table, key, column, of }: Owner): string {
  return `
        IF EXISTS (SELECT 1 FROM ${of} WHERE id = OLD.${column}) THEN
          UPDATE ${table} SET files = files - 1, bytes = bytes - OLD.size WHERE ${key} = OLD.${column};
        END IF;
        IF NEW.${column} IS NOT NULL THEN
          INSERT INTO ${table} AS s (${key}, files, bytes) VALUES (NEW.${column}, 1, NEW.size)
          ON CONFLICT (${key}) DO UPDATE SET files = s.files + 1, bytes = s.bytes + excluded.bytes;
        END IF;`;
}
