import config from './jest.config.js';

const server = config.projects.find(({ displayName }) => displayName === 'server');

/** Several machines whose parts are killed, one suite after the other: for `npm run test:cluster`, see scripts/test-cluster.js. */
export default {
  projects: [
    { ...server, displayName: 'cluster', testMatch: ['<rootDir>/test/cluster/matrix/**/*.matrix.ts'] },
  ],
  testTimeout: 600_000,
  maxWorkers: 1,
};
