import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { errorCode } from '../errors.js';
import { hangUp } from '../hang-up.js';
import { embeddedDatabaseUrl } from './address.js';
import { type EmbeddedInstance } from './instance.js';
import { claimOwnership, ensureDatabase, openClaims, type OwnerRole } from './ownership.js';
import { type Postmaster } from './postmaster.js';

/** A PostgreSQL that this process started, and the session that holds the claim to it. */
export interface OwnedPostgres {
  postmaster: Postmaster;
  claims: pg.Client;
  /** Settles when the claim ends, which it does at the latest together with PostgreSQL. */
  lost: Promise<void>;
}

/** PostgreSQL's code while it recovers from a crash, starts up or shuts down. */
const CANNOT_CONNECT_NOW = '57P03';
const PAUSE = 50;

/**
 * Claims a PostgreSQL that this process started, and makes Plaza's database in it. While PostgreSQL recovers, which it
 * does after the death of any of its processes, this waits for it.
 *
 * @returns undefined when another process took it for an orphan in the moment before, and stops it
 * @throws what PostgreSQL answered when it does not let us in, or the lost connection of one that ended; it is left as it is
 */
export async function own(
  instance: EmbeddedInstance,
  postmaster: Postmaster,
  role: OwnerRole,
): Promise<OwnedPostgres | undefined> {
  const claims = await openClaimsWhenReady(instance, postmaster, role);
  const lost = new Promise<void>((resolve) => claims.once('end', resolve));
  try {
    if (await claimOwnership(claims)) {
      await ensureDatabase(claims);
      return { postmaster, claims, lost };
    }
    await hangUp(claims);
    return undefined;
  } catch (error) {
    await hangUp(claims);
    throw error;
  }
}

async function openClaimsWhenReady(
  instance: EmbeddedInstance,
  postmaster: Postmaster,
  role: OwnerRole,
): Promise<pg.Client> {
  for (;;) {
    try {
      return await openClaims(embeddedDatabaseUrl(instance, postmaster.address, 'postgres'), role);
    } catch (error) {
      if (errorCode(error) !== CANNOT_CONNECT_NOW || !postmaster.isRunning) throw error;
    }
    await Promise.race([sleep(PAUSE), postmaster.exited]);
  }
}
