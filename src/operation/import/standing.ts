import { type Client } from 'pg';
import { column } from '../../foundation/database/columns.js';
import { readRows } from '../../foundation/database/read-rows.js';
import { blindedCandidates, blindingFactor } from '../../protocol/crypto/blinding.js';
import { loadSodium } from '../../protocol/crypto/sodium.js';

/**
 * Has everyone with a role, a ban, an override or a schedule under an `05…` ID wait for their blinded ID (protocol 2),
 * as pysogs does each time it starts: the last start may have been without blinding.
 * @returns how many wait who did not before
 */
export async function awaitBlindedIds(client: Client, serverPublicKey: Buffer): Promise<number> {
  const sodium = await loadSodium();
  const factor = blindingFactor(serverPublicKey, sodium);
  const rows = await readRows(
    client,
    { id: column.number, session_id: column.text },
    `SELECT id, session_id FROM users u
     WHERE session_id LIKE '05%'
       AND (banned OR moderator
         OR EXISTS (SELECT FROM permission_overrides o WHERE o.user_id = u.id)
         OR EXISTS (SELECT FROM scheduled_permissions s WHERE s.user_id = u.id)
         OR EXISTS (SELECT FROM scheduled_bans s WHERE s.user_id = u.id))
       AND NOT EXISTS (SELECT FROM pending_blinding p WHERE p.user_id = u.id)
     ORDER BY id`,
  );
  let added = 0;
  for (const { id, session_id } of rows) {
    const blinded = blindedCandidates(session_id, factor, sodium)?.positive;
    if (blinded === undefined) continue;
    const { rowCount } = await client.query(
      'INSERT INTO pending_blinding (blinded_abs, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [blinded, id],
    );
    added += rowCount ?? 0;
  }
  return added;
}
