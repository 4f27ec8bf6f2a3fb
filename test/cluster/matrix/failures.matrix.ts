import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithRedis } from '../../support/redis.js';
import { ObjectStore } from '../../support/object-store.js';
import { Cluster } from '../support/cluster.js';
import { survive } from '../support/survive.js';

/** Whether only the ten minutes run that are run with every change. */
const isQuick = process.env.PLAZA_CLUSTER_QUICK === '1';
/** How often each failure happens. */
const ROUNDS = isQuick ? 1 : 3;
/** Milliseconds for which something stays away. */
const AWAY = isQuick ? 5_000 : 20_000;
/** Milliseconds for which a machine hangs: longer than others wait before they take over its jobs. */
const HUNG = isQuick ? 12_000 : 40_000;

/** A failure of a cluster while many use it. */
interface Failure {
  name: string;
  happen: (cluster: Cluster) => Promise<void>;
}

const FAILURES: Failure[] = [
  { name: 'a worker is killed', happen: (cluster) => cluster.killWorker(0) },
  { name: 'a machine is lost and comes back', happen: (cluster) => cluster.loseMachine(0, AWAY) },
  {
    name: 'a machine hangs and goes on',
    happen: async (cluster) => {
      await cluster.signal(1, 'SIGSTOP');
      await sleep(HUNG);
      await cluster.signal(1, 'SIGCONT');
    },
  },
  { name: 'PostgreSQL is killed', happen: (cluster) => cluster.killPostgres() },
  {
    name: 'a machine is cut off from PostgreSQL',
    happen: async (cluster) => {
      const { database } = cluster.machine(1);
      await database.cut();
      await sleep(AWAY);
      await database.mend();
    },
  },
  {
    name: 'the line from a machine to PostgreSQL goes dead without a sign',
    happen: async (cluster) => {
      const { database } = cluster.machine(1);
      database.goDead();
      await sleep(HUNG);
      await database.mend();
    },
  },
  {
    name: 'the change feed of a machine goes dead without a sign',
    happen: async (cluster) => {
      const { database } = cluster.machine(1);
      database.goDead('plaza change feed');
      await sleep(HUNG);
      await database.mend();
    },
  },
  {
    name: 'Redis is killed and comes back empty',
    happen: async (cluster) => {
      await cluster.redis.kill();
      await sleep(AWAY);
      await cluster.redis.start();
    },
  },
  {
    name: 'Redis hangs and goes on',
    happen: async (cluster) => {
      cluster.redis.freeze();
      await sleep(AWAY);
      cluster.redis.thaw();
    },
  },
  {
    name: 'the line from a machine to Redis goes dead without a sign',
    happen: async (cluster) => {
      const { redis } = cluster.machine(1);
      redis.goDead();
      await sleep(HUNG);
      await redis.mend();
    },
  },
  { name: 'all machines are restarted in turn', happen: (cluster) => cluster.restartInTurn() },
];

const STORE_FAILURES: Failure[] = [
  {
    name: 'a machine is cut off from the object store',
    happen: async (cluster) => {
      const { store } = cluster.machine(1);
      await store?.cut();
      await sleep(AWAY);
      await store?.mend();
    },
  },
  {
    name: 'the line from a machine to the object store goes dead without a sign',
    happen: async (cluster) => {
      const { store } = cluster.machine(1);
      store?.goDead();
      await sleep(AWAY);
      await store?.mend();
    },
  },
  {
    name: 'the object store is away',
    happen: async ({ store }) => {
      await store?.stop();
      await sleep(AWAY);
      await store?.run();
    },
  },
  {
    name: 'the object store hangs and goes on',
    happen: async ({ store }) => {
      await store?.freeze();
      await sleep(AWAY);
      await store?.thaw();
    },
  },
];

/** Causes a failure so many times, and tells what members did meanwhile. */
async function surviveEach(cluster: Cluster, { name, happen }: Failure, rounds = ROUNDS): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    const { history, bans, failures } = await survive(cluster, `${name} ${round}:`, happen);
    const { posts, files, directMessages, reactions } = history;
    process.stdout.write(
      `${name}: ${posts.size} posts, ${files.length} files, ${directMessages.length} letters, ` +
        `${reactions.length} reactions, ${bans} bans, ${failures} attempts without an answer\n`,
    );
  }
}

describeWithRedis('machines that share a folder', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ ownPostgres: true, machines: isQuick ? 2 : 3 });
  });

  afterAll(() => cluster.stop());

  it.each(FAILURES)('lose and double nothing when $name', (failure) => surviveEach(cluster, failure));
});

describeWithRedis('machines whose PostgreSQL has a standby', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ standby: true });
  });

  afterAll(() => cluster.stop());

  it('lose and double nothing when it takes over', () =>
    surviveEach(cluster, { name: 'a standby takes over', happen: () => cluster.failOver() }, 1));
});

describeWithRedis('machines whose clocks are five minutes apart', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ clocks: [0, 5] });
  });

  afterAll(() => cluster.stop());

  it('lose and double nothing', () =>
    surviveEach(cluster, { name: 'clocks differ', happen: () => sleep(AWAY) }));
});

(ObjectStore.isInstalled ? describeWithRedis : describe.skip)('machines with an object store', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ store: true });
  });

  afterAll(() => cluster.stop());

  it.each(STORE_FAILURES)('lose and double nothing when $name', (failure) => surviveEach(cluster, failure));
});
