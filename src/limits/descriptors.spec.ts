import { connectionLimit, descriptorLimit, fileLimit } from './descriptors.js';

const SETTINGS = { maxConnections: 8192, databasePoolSize: 10 };

it('a worker keeps as many connections as MAX_CONNECTIONS says where descriptors suffice', () => {
  expect(connectionLimit(SETTINGS, 65_536)).toBe(8192);
  expect(connectionLimit(SETTINGS, Infinity)).toBe(8192);
});

it.each([256, 1024, 4096])('a worker with %i descriptors leaves some for files and the database', (limit) => {
  const connections = connectionLimit(SETTINGS, limit);
  expect(connections).toBeGreaterThanOrEqual(limit / 3);
  expect(connections + fileLimit(limit) + SETTINGS.databasePoolSize).toBeLessThan(limit - 40);
});

it('no limit of connections means as many as there are descriptors for', () => {
  expect(connectionLimit({ ...SETTINGS, maxConnections: 0 }, 1024)).toBe(connectionLimit(SETTINGS, 1024));
  expect(connectionLimit({ ...SETTINGS, maxConnections: 0 }, Infinity)).toBe(Infinity);
});

it('the limit of this process is known', () => {
  expect(descriptorLimit()).toBeGreaterThan(16);
});
