import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import { type Cluster } from './cluster.js';
import { Crowd } from './crowd.js';

/** Milliseconds for which everyone goes on before and after a failure. */
const CALM = 3_000;
/** Milliseconds within which every member is answered after the failure is over. */
const PATIENCE = 30_000;

/**
 * Has many people use a cluster during a failure, and expects that nothing was lost or doubled, that nobody saw a
 * hidden message, and that everyone got on.
 * @param name begins the texts of this crowd
 */
export async function survive(
  cluster: Cluster,
  name: string,
  happen: (cluster: Cluster, crowd: Crowd) => Promise<void>,
): Promise<Crowd> {
  const crowd = new Crowd(cluster, name, await cluster.globalAdmin());
  await sleep(CALM);
  const begin = performance.now();
  await happen(cluster, crowd);
  const patience = performance.now() - begin + PATIENCE;
  await cluster.allReady();
  await sleep(CALM);
  // On a slow machine it takes longer until somebody has done each kind of thing once.
  await eventually(() => {
    const { posts, files, directMessages, reactions } = crowd.history;
    for (const { length } of [files, directMessages, reactions]) expect(length).toBeGreaterThan(0);
    expect(posts.size).toBeGreaterThan(files.length);
    expect(crowd.bans).toBeGreaterThan(0);
  }, 120_000);
  const { faults } = await crowd.end();
  expect(faults).toEqual([]);
  expect(crowd.longestWait).toBeLessThan(patience);
  return crowd;
}
