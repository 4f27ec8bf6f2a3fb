import { openSync, closeSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { INSTALLATION } from './installation.js';

/** Users of the process that runs, which root may change; absent where the system has none. */
type Identities = Required<Pick<NodeJS.Process, 'setgroups' | 'setegid' | 'seteuid' | 'setgid' | 'setuid'>>;

/**
 * Has root go on as the user whose `dataDir` is, so that nothing in it comes to belong to root, which a server that runs as
 * that user could not read or write. Root stays root where that user can't run this Plaza, as from a checkout under /root, and
 * where the folder is root's or missing.
 */
export function becomeOwnerOf(dataDir: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  if (!owner || owner.uid === 0) return;
  const identities = process as Identities;
  if (!canRun(identities, owner)) return;
  identities.setgroups([owner.gid]);
  identities.setgid(owner.gid);
  identities.setuid(owner.uid);
}

/** The kernel answers for that user: modes alone do not tell (ACLs, mounts). */
function canRun(identities: Identities, { uid, gid }: { uid: number; gid: number }): boolean {
  identities.setegid(gid);
  identities.seteuid(uid);
  try {
    // access() would answer for the user that started the process.
    for (const file of [join(INSTALLATION.folder, 'package.json'), process.execPath]) {
      closeSync(openSync(file, 'r'));
    }
    return true;
  } catch {
    return false;
  } finally {
    identities.seteuid(0);
    identities.setegid(0);
  }
}
