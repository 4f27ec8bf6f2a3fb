import { parseArgs } from 'node:util';
import { loadSodium } from '../src/protocol/crypto/sodium.js';
import { DATA_SETS, fill } from './data-set.js';
import { measureGrowth } from './growth.js';
import { measureHerd } from './herd.js';
import { measureLatency } from './latency.js';
import { MachinesUnderTest } from './machines-under-test.js';
import { type UnderTest } from './plaza-process.js';
import { printPlans } from './plans.js';
import { measureRaid } from './raid.js';
import { type Measurement, printOutsideReport, printReport } from './report.js';
import { Bench } from './run.js';
import { measureRunningServer, runningServerSchema } from './running-server.js';
import { ServerUnderTest } from './server-under-test.js';
import { WORKLOADS } from './workloads.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'small' },
    workloads: { type: 'string', default: WORKLOADS.map((workload) => workload.name).join(',') },
    rounds: { type: 'string', default: '1' },
    members: { type: 'string', default: '1000' },
    connections: { type: 'string', default: '64' },
    workers: { type: 'string' },
    // Machines that share a PostgreSQL and a Redis; without it one server on embedded PostgreSQL.
    machines: { type: 'string' },
    // Their files lie in an object store.
    store: { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    plans: { type: 'boolean', default: false },
    profile: { type: 'string' },
    node: { type: 'string', default: '' },
    // A server that is running already, of any make.
    against: { type: 'string' },
    'public-key': { type: 'string' },
    rooms: { type: 'string' },
    process: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    'enc-type': { type: 'string', default: 'xchacha20' },
    // All members return at once after a restart.
    herd: { type: 'boolean', default: false },
    // Idle polls while the community grows in one way after the other.
    growth: { type: 'boolean', default: false },
    // How long requests take on a quiet server, and at shares of the peak.
    latency: { type: 'boolean', default: false },
    // Polls of members while fresh IDs post.
    raid: { type: 'boolean', default: false },
  },
});

const sodium = await loadSodium();

function startCommunity(): Promise<UnderTest> {
  const env = {
    POST_RATE_LIMIT: '1000000',
    ...(values.workers !== undefined && { WORKERS: values.workers }),
  };
  const nodeOptions = [
    ...values.node.split(' ').filter((option) => option !== ''),
    ...(values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`]),
  ];
  if (values.machines === undefined) return ServerUnderTest.start(env, nodeOptions);
  return MachinesUnderTest.start({
    machines: Number(values.machines),
    store: values.store,
    env,
    nodeOptions,
  });
}

async function measureOwnServer(): Promise<void> {
  const dataSet = values.data === 'large' ? DATA_SETS.large : DATA_SETS.small;
  const chosen = new Set(values.workloads.split(','));
  const server = await startCommunity();
  try {
    const bench = new Bench(server, sodium, {
      members: Number(values.members),
      connections: Number(values.connections),
      scale: Number(values.scale),
      encType: values['enc-type'],
    });
    await fill(server.sql, dataSet, bench.sessionIds);
    await bench.uploadFile();
    const measurements: Measurement[] = [];
    for (const workload of WORKLOADS.filter(({ name }) => chosen.has(name))) {
      for (let round = 0; round < Number(values.rounds); round++) {
        measurements.push(await bench.measure(workload));
      }
    }
    bench.close();
    printReport(dataSet, measurements, values.json);
    if (values.plans) await printPlans(server.sql);
  } finally {
    await server.stop();
  }
}

if (values.latency) {
  await measureLatency(sodium, values.workers);
} else if (values.raid) {
  await measureRaid(sodium, values.workers);
} else if (values.growth) {
  await measureGrowth(sodium, values.workers);
} else if (values.herd) {
  await measureHerd(sodium, Number(values.members), values.workers);
} else if (values.against === undefined) {
  await measureOwnServer();
} else {
  const measurements = await measureRunningServer(sodium, runningServerSchema.parse(values));
  printOutsideReport(measurements, values.json);
}
