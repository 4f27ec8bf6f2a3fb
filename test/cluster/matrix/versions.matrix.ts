import { resolve } from 'node:path';
import { CHANGES } from '../../processes/changes.js';
import { Actors } from '../../support/actors.js';
import { eventually } from '../../support/eventually.js';
import { describeWithRedis } from '../../support/redis.js';
import { Cluster } from '../support/cluster.js';
import { survive } from '../support/survive.js';

/** A checkout of the version before this one, with its dependencies and compiled, such as a `git worktree` of its tag. */
const { PLAZA_OLDER_CHECKOUT: OLDER = '' } = process.env;

(OLDER === '' ? describe.skip : describeWithRedis)(
  'a machine of the version in PLAZA_OLDER_CHECKOUT and one of this version',
  () => {
    let cluster: Cluster;

    beforeAll(async () => {
      // The older one makes the tables, which this version then brings up to date.
      cluster = await Cluster.start({ checkouts: [resolve(OLDER)] });
    });

    afterAll(() => cluster.stop());

    it('lose and double nothing side by side', () =>
      survive(cluster, 'two versions', () => Promise.resolve()));

    it('lose and double nothing while a worker of each is killed', () =>
      survive(cluster, 'killed in two versions', async () => {
        await cluster.killWorker(0);
        await cluster.killWorker(1);
      }));

    describe.each([
      { maker: 'the older one', by: 0, to: 1 },
      { maker: 'the newer one', by: 1, to: 0 },
    ])('agree on what is made on $maker:', ({ by, to }) => {
      it.each(CHANGES.filter(({ madeBy }) => madeBy === 'request'))('$name', async ({ prepare }) => {
        const { server } = cluster.machine(by);
        const actors = new Actors(server);
        const prepared = await prepare({ server, actors, boss: await actors.globalAdmin() });
        await prepared.make();
        await eventually(() => prepared.shows(new Actors(cluster.machine(to).server)));
      });
    });

    it('lose and double nothing while the older one is upgraded', () =>
      survive(cluster, 'upgraded', () => cluster.upgradeInTurn()));
  },
);
