import config from './jest.config.js';

const server = config.projects.find(({ displayName }) => displayName === 'server');

/** Raids on a real server whose clock is driven, one after the other: for `npm run raid`. */
export default {
  projects: [{ ...server, displayName: 'raid', testMatch: ['<rootDir>/test/raids/**/*.raid.ts'] }],
  testTimeout: 1_800_000,
  maxWorkers: 1,
};
