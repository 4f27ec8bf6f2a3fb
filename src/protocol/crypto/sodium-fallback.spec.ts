import { jest } from '@jest/globals';

test('the portable libsodium is used without a message where there is no native one', async () => {
  jest.unstable_mockModule('sodium-native', () => {
    throw new Error('No prebuilt binary for this platform');
  });
  const { loadSodium } = await import('./sodium.js');
  const sodium = await loadSodium();
  expect(sodium.name).toBe('wasm');
});
