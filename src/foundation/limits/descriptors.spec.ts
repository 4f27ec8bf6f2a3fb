import { connectionLimit, descriptorLimit, downloadLimit, fileLimit, uploadLimit } from './descriptors.js';

const SETTINGS = { maxConnections: 8192, databasePoolSize: 10 };

it('a worker keeps as many connections as MAX_CONNECTIONS says when it has enough descriptors', () => {
  expect(connectionLimit(SETTINGS, 65_536)).toBe(8192);
  expect(connectionLimit(SETTINGS, Infinity)).toBe(8192);
});

it.each([256, 1024, 4096])('a worker with %i descriptors leaves some for files and the database', (limit) => {
  const connections = connectionLimit(SETTINGS, limit);
  expect(connections).toBeGreaterThanOrEqual(limit / 3);
  expect(connections + fileLimit(limit) + SETTINGS.databasePoolSize).toBeLessThan(limit - 40);
});

it.each([64, 256, 400, 1024, 65_536])(
  'with %i descriptors uploads and downloads leave some to others, and have some themselves',
  (limit) => {
    expect(uploadLimit(limit)).toBeGreaterThanOrEqual(5);
    expect(downloadLimit(limit)).toBeGreaterThanOrEqual(8);
    expect(uploadLimit(limit) + downloadLimit(limit)).toBeLessThan(fileLimit(limit));
  },
);

it('a worker receives 128 uploads at a time when it has enough descriptors', () => {
  expect(uploadLimit(65_536)).toBe(128);
  expect(uploadLimit(Infinity)).toBe(128);
});

it('a worker without a limit of connections takes as many as it has descriptors for', () => {
  expect(connectionLimit({ ...SETTINGS, maxConnections: 0 }, 1024)).toBe(connectionLimit(SETTINGS, 1024));
  expect(connectionLimit({ ...SETTINGS, maxConnections: 0 }, Infinity)).toBe(Infinity);
});

it('a process knows its own limit of descriptors', () => {
  expect(descriptorLimit()).toBeGreaterThan(16);
});
