import { type Community } from './community.js';

/**
 * Has posts whose text contains `hold this` held and those with `keep this unseen` kept unseen: the database gives them
 * their state while the server writes them as any other.
 */
export async function holdByText(server: Community): Promise<void> {
  await server.sql(`
    CREATE FUNCTION hold_by_text() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- A message that is published under a new id has none.
      IF NEW.digest IS NULL THEN RETURN NEW; END IF;
      IF position('hold this'::bytea IN NEW.data) > 0 THEN NEW.state := 'held'; END IF;
      IF position('keep this unseen'::bytea IN NEW.data) > 0 THEN NEW.state := 'unseen'; END IF;
      RETURN NEW;
    END $$`);
  await server.sql(`
    CREATE TRIGGER hold_by_text BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION hold_by_text()`);
}

/** Has posts whose text contains `held for REASON` held for that reason, as {@link holdByText} does. */
export async function holdForReasons(server: Community): Promise<void> {
  await server.sql(`
    CREATE FUNCTION hold_for_reasons() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.digest IS NOT NULL AND position('held for '::bytea IN NEW.data) > 0 THEN
        NEW.state := 'held';
        NEW.held_for := substring(encode(NEW.data, 'escape') FROM 'held for ([a-z_]+)');
      END IF;
      RETURN NEW;
    END $$`);
  await server.sql(`
    CREATE TRIGGER hold_for_reasons BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION hold_for_reasons()`);
}

/** Withdraws a message: its row becomes that of a deleted one, and its text is kept as its latest former text. */
export async function withdraw(server: Community, id: number): Promise<void> {
  await server.sql(
    `INSERT INTO message_history (message_id, replaced_at, data, padded_size, signature)
     SELECT id, plaza_now(), data, padded_size, signature FROM messages WHERE id = $1`,
    [id],
  );
  await changeState(
    server,
    id,
    `state = 'withdrawn', data = NULL, padded_size = NULL, signature = NULL, edited_at = plaza_now()`,
  );
}

/** Publishes a held message where it stands, with a new seqno. */
export async function publish(server: Community, id: number): Promise<void> {
  await changeState(server, id, `state = 'published'`);
}

async function changeState(server: Community, id: number, change: string): Promise<void> {
  await server.sql(
    `WITH counted AS (
       UPDATE rooms SET message_sequence = message_sequence + 1
       WHERE id = (SELECT room_id FROM messages WHERE id = $1) RETURNING message_sequence
     )
     UPDATE messages SET ${change}, seqno = message_sequence, seqno_data = message_sequence FROM counted WHERE id = $1`,
    [id],
  );
}
