import { eventually } from '../support/eventually.js';
import { describeWithRedis } from '../support/redis.js';
import { Cluster } from './support/cluster.js';
import { survive } from './support/survive.js';

/** Posts that have to be taken while Redis is away, and milliseconds within which. */
const POSTS_MEANWHILE = 30;
const PATIENCE = 120_000;

describeWithRedis('two machines under load', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start();
  });

  afterAll(() => cluster.stop());

  it('agree with each other', async () => {
    const { refusals } = await survive(cluster, 'calm', () => Promise.resolve());
    expect(refusals).toBe(0);
  });

  it('lose no post when one of them is killed', () =>
    survive(cluster, 'killed', () => cluster.loseMachine(1, 1_000)));

  it('serve everyone while Redis is away, and when it is back empty', async () => {
    const { refusals } = await survive(cluster, 'redis', async (_, { history }) => {
      await cluster.redis.kill();
      await eventually(() =>
        cluster.machines.every(({ server }) => server.log().includes('Redis can not be reached')),
      );
      const before = history.posts.size;
      await eventually(() => history.posts.size > before + POSTS_MEANWHILE, PATIENCE);
      await cluster.redis.start();
    });
    expect(refusals).toBe(0);
  });
});
