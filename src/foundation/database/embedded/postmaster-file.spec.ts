import { parsePostmasterFile } from './postmaster-file.js';

const lines = (socketFolder: string, host: string, status?: string): string =>
  ['4711', '/data/cluster', '1700000000', '5432', socketFolder, host, '  5432001   32768', status]
    .filter((line) => line !== undefined)
    .join('\n');

describe('reading postmaster.pid', () => {
  it('finds the process and its socket', () => {
    expect(parsePostmasterFile(lines('/data/socket', '', 'ready   '))).toEqual({
      pid: 4711,
      address: { socketFolder: '/data/socket' },
      ready: true,
      stopping: false,
    });
  });

  it('finds the port where there is no socket', () => {
    expect(parsePostmasterFile(lines('', '127.0.0.1', 'ready   '))?.address).toEqual({ port: 5432 });
  });

  it('tells a PostgreSQL that is ready from one that starts or stops', () => {
    const statuses = ['starting', 'stopping', 'standby ', undefined];
    expect(statuses.map((status) => parsePostmasterFile(lines('/s', '', status))?.ready)).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(statuses.map((status) => parsePostmasterFile(lines('/s', '', status))?.stopping)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  it('makes nothing of a file that is still being written', () => {
    for (const text of ['', '4711', '4711\n/data/cluster\n1700000000', 'not a pid\n\n\n5432\n\n\n']) {
      expect(parsePostmasterFile(text)).toBeUndefined();
    }
  });
});
