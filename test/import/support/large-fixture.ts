import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { copyFixture, type FreshFixture } from './fixture.js';

/** How much to add to the fixture. */
export interface Growth {
  messages: number;
  /** Bytes of each message. */
  messageBytes: number;
  files: number;
}

/** Runs SQL on a SQLite database of pysogs in whichever journal mode it is. */
export function changeDatabase(file: string, change: (database: Database) => void): void {
  const database = new sqlite.Database(file);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA foreign_keys = OFF');
    change(database);
  } finally {
    database.close();
  }
}

/** The fixture with many more messages, edits, deletions, reactions, direct messages and files. */
export async function growFixture({ messages, messageBytes, files }: Growth): Promise<FreshFixture> {
  const fixture = await copyFixture();
  changeDatabase(join(fixture.folder, 'sogs.db'), (database) => {
    // The rows below come with what the triggers of pysogs would have made of them.
    dropTriggers(database);
    database.exec(`
      BEGIN;
      CREATE TEMP TABLE n AS WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${messages})
        SELECT i FROM c;
      INSERT INTO messages (id, room, "user", posted, edited, seqno, seqno_data, seqno_reactions, seqno_creation,
          data, data_size, signature, whisper_mods)
        SELECT 1000 + i, 1 + i % 3, 1 + i % 30, 1795298720 + i / 7.0, CASE WHEN i % 5 = 0 THEN 1795298730 + i / 7.0 END,
          1000 + i, 1000 + i, CASE WHEN i % 4 = 0 THEN 999 + i ELSE 0 END, 500 + i,
          CASE WHEN i % 11 > 0 THEN CAST(printf('%0${messageBytes}d', i) AS BLOB) END,
          CASE WHEN i % 11 > 0 THEN ${messageBytes + 100} END, CASE WHEN i % 11 > 0 THEN randomblob(64) END, i % 13 = 0
        FROM n;
      INSERT INTO message_history (message, replaced, data, signature)
        SELECT 1000 + i, 1795298730 + i / 7.0, CAST(printf('before %d', i) AS BLOB), randomblob(64)
        FROM n WHERE i % 5 = 0;
      INSERT INTO reactions (id, message, reaction) SELECT 1000 + i, 1000 + i, '👍' FROM n WHERE i % 4 = 0;
      INSERT INTO user_reactions (reaction, "user", at)
        SELECT 1000 + i, u, 1795298740 + i / 3.0 FROM n JOIN (SELECT 3 AS u UNION SELECT 4 UNION SELECT 5) ON i % 4 = 0;
      INSERT INTO inbox (id, recipient, sender, body, posted_at, expiry)
        SELECT 1000 + i, 3 + i % 9, 12 + i % 9, randomblob(200), 1795298720 + i, 4000000000 + i FROM n WHERE i % 10 = 0;
      INSERT INTO files (id, room, uploader, size, uploaded, expiry, filename, path)
        SELECT 1000 + i, 1, 3, length('file ' || i), 1795298720 + i, NULL, 'big ' || i || '.txt', 'uploads/fishing/more/' || i
        FROM n WHERE i <= ${files};
      UPDATE rooms SET message_sequence = 1000 + ${messages};
      COMMIT`);
  });
  const folder = join(fixture.folder, 'uploads', 'fishing', 'more');
  await mkdir(folder);
  for (let i = 1; i <= files; i++) await writeFile(join(folder, String(i)), `file ${i}`);
  return fixture;
}

export function dropTriggers(database: Database): void {
  const triggers = database.all(`SELECT name FROM sqlite_master WHERE type = 'trigger'`) as {
    name: string;
  }[];
  for (const { name } of triggers) database.exec(`DROP TRIGGER "${name}"`);
}
