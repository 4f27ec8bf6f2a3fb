import { tuningFlags } from './tuning.js';

const GIBIBYTE = 1024 ** 3;

describe('the settings of the embedded PostgreSQL', () => {
  it('give an eighth of the memory to its cache, within limits', () => {
    const cacheOf = (memory: number): string | undefined =>
      tuningFlags(memory).find((flag) => flag.startsWith('shared_buffers='));
    expect(cacheOf(GIBIBYTE / 8)).toBe('shared_buffers=32MB');
    expect(cacheOf(GIBIBYTE)).toBe('shared_buffers=128MB');
    expect(cacheOf(64 * GIBIBYTE)).toBe('shared_buffers=512MB');
  });

  it('never trade the safety of committed data for speed', () => {
    for (const setting of ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']) {
      expect(tuningFlags()).toContain(setting);
    }
  });
});
