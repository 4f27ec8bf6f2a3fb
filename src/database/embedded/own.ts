import type pg from 'pg';
import { DatabaseUnavailableError, translateError } from '../errors.js';
import { hangUp } from '../hang-up.js';
import { connectionUrl } from './address.js';
import { type Instance } from './instance.js';
import { claimOwnership, ensureDatabase, openClaims, type Role } from './ownership.js';
import { type Postmaster } from './postmaster.js';

/** A PostgreSQL that this process started, and the session that holds the claim to it. */
export interface Owned {
  postmaster: Postmaster;
  claims: pg.Client;
  /** Settles when the claim ends, which it does at the latest together with PostgreSQL. */
  lost: Promise<void>;
}

/**
 * Claims a PostgreSQL that this process just started, and makes Plaza's database in it.
 *
 * @returns undefined when another process took it for an orphan in the moment before, and stops it
 * @throws what PostgreSQL answered when it does not let us in; it is stopped then
 */
export async function own(
  instance: Instance,
  postmaster: Postmaster,
  role: Role,
): Promise<Owned | undefined> {
  let claims: pg.Client | undefined;
  try {
    claims = await openClaims(connectionUrl(instance, postmaster.address, 'postgres'), role);
    const lost = new Promise<void>((resolve) => claims?.once('end', resolve));
    if (await claimOwnership(claims)) {
      await ensureDatabase(claims);
      return { postmaster, claims, lost };
    }
    await hangUp(claims);
    return undefined;
  } catch (error) {
    if (claims) await hangUp(claims);
    await postmaster.stop();
    if (translateError(error) instanceof DatabaseUnavailableError) return undefined;
    throw error;
  }
}
