import { setTimeout as sleep } from 'node:timers/promises';
import { ObjectStore } from '../../support/object-store.js';
import { describeWithRedis } from '../../support/redis.js';
import { Cluster, type Lines } from '../support/cluster.js';
import { MachineNetwork, type Way } from '../support/network.js';
import { survive } from '../support/survive.js';

const isQuick = process.env.PLAZA_CLUSTER_QUICK === '1';
/** Milliseconds for which a line loses all packets. */
const LOST = isQuick ? 12_000 : 40_000;

type Kind = Way | 'in both directions';

interface Loss {
  line: keyof Lines;
  kind: Kind;
}

const WAYS: Readonly<Record<Kind, Way[]>> = {
  'from the machine': ['from the machine'],
  'to the machine': ['to the machine'],
  'in both directions': ['from the machine', 'to the machine'],
};

const LOSSES: Loss[] = (Object.keys(WAYS) as Kind[]).flatMap((kind) =>
  (['database', 'redis', 'store', 'clients'] as const).map((line) => ({ line, kind })),
);
const QUICK_LOSSES: Loss[] = [
  { line: 'database', kind: 'to the machine' },
  { line: 'redis', kind: 'from the machine' },
  { line: 'clients', kind: 'in both directions' },
];

const canRun = MachineNetwork.isPossible && ObjectStore.isInstalled;

(canRun ? describeWithRedis : describe.skip)('machines in network namespaces', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await Cluster.start({ networks: true, store: true });
  });

  afterAll(() => cluster.stop());

  it.each(isQuick ? QUICK_LOSSES : LOSSES)(
    'lose and double nothing when the line $line of one loses all packets $kind',
    ({ line, kind }) =>
      survive(cluster, `${line} ${kind}`, async () => {
        const broken = cluster.machine(1).lines?.[line];
        await broken?.lose(...WAYS[kind]);
        await sleep(LOST);
        await broken?.mend();
      }),
  );
});
