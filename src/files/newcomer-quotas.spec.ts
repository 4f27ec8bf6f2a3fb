import { usedQuota } from './newcomer-quotas.service.js';

const NOTHING = { own: 0, byNewcomers: 0, strangersBytes: 0 };

describe('the quotas of uploads of new people', () => {
  it.each([
    ['stranger', 1000, NOTHING, undefined],
    ['stranger', 1000, { ...NOTHING, own: 1, byNewcomers: 10 }, undefined],
    ['stranger', 1000, { ...NOTHING, own: 2 }, 'strangers files'],
    ['stranger', 1000, { ...NOTHING, strangersBytes: 199_999_000 }, undefined],
    ['stranger', 1001, { ...NOTHING, strangersBytes: 199_999_000 }, 'strangers bytes'],
    ['newcomer', 1000, { own: 9, byNewcomers: 9, strangersBytes: 200_000_000 }, undefined],
    ['newcomer', 1000, { ...NOTHING, byNewcomers: 10 }, 'newcomers files'],
    ['member', 1000, { ...NOTHING, byNewcomers: 10 }, 'newcomers files'],
  ] as const)('judge an upload of a %s of %d bytes after %j', (level, size, uploads, quota) => {
    expect(usedQuota(level, size, uploads)?.quota).toBe(quota);
  });
});
