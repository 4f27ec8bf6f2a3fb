import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis } from '../support/redis.js';
import { Cluster } from './support/cluster.js';
import { Crowd } from './support/crowd.js';

/** Milliseconds for which everyone goes on before and after a failure. */
const CALM = 3_000;

describeWithRedis('two machines under load', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start();
  });

  afterAll(() => cluster.stop());

  /** Expects that nothing is lost or doubled while `failure` happens, and that everyone got on. */
  async function survive(name: string, failure: () => Promise<void>): Promise<Crowd> {
    const crowd = new Crowd(cluster, name, await cluster.globalAdmin());
    await sleep(CALM);
    await failure();
    await cluster.allReady();
    await sleep(CALM);
    const { faults, posts, files, directMessages, reactions } = await crowd.end();
    expect(faults).toEqual([]);
    for (const { length } of [files, directMessages, reactions]) expect(length).toBeGreaterThan(0);
    expect(posts.size).toBeGreaterThan(files.length);
    expect(crowd.bans).toBeGreaterThan(0);
    return crowd;
  }

  it('agree with each other', async () => {
    const { failures } = await survive('calm', () => Promise.resolve());
    expect(failures).toBe(0);
  });

  it('lose nothing when one of them is killed', () => survive('killed', () => cluster.loseMachine(1, 1_000)));

  it('serve everyone while Redis is away, and when it is back empty', async () => {
    const { failures } = await survive('redis', async () => {
      await cluster.redis.kill();
      await sleep(5_000);
      await cluster.redis.start();
    });
    expect(failures).toBe(0);
  });
});
