import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis } from '../support/redis.js';
import { Cluster } from './support/cluster.js';
import { survive } from './support/survive.js';

describeWithRedis('two machines under load', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start();
  });

  afterAll(() => cluster.stop());

  it('agree with each other', async () => {
    const { failures } = await survive(cluster, 'calm', () => Promise.resolve());
    expect(failures).toBe(0);
  });

  it('lose nothing when one of them is killed', () =>
    survive(cluster, 'killed', () => cluster.loseMachine(1, 1_000)));

  it('serve everyone while Redis is away, and when it is back empty', async () => {
    const { failures } = await survive(cluster, 'redis', async () => {
      await cluster.redis.kill();
      await sleep(5_000);
      await cluster.redis.start();
    });
    expect(failures).toBe(0);
  });
});
