import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { MeasuredStream, passOn } from './checksums.js';

async function* cutShort(): AsyncGenerator<Buffer> {
  yield Buffer.from('some');
  await sleep(1);
  throw new Error('cut short');
}

describe('bytes that are passed on', () => {
  it('arrive whole and are measured', async () => {
    const measured = new MeasuredStream();
    const taken = await passOn(Readable.from([Buffer.from('so'), Buffer.from('me')]), measured, buffer);
    expect(taken.toString()).toBe('some');
    expect(measured.size).toBe(4);
  });

  it('are refused when they are cut short, after their reader has cleared away', async () => {
    let isCleared = false;
    const taking = passOn(Readable.from(cutShort()), new MeasuredStream(), async (content) => {
      try {
        await buffer(content);
      } finally {
        await sleep(20);
        isCleared = true;
      }
    });
    await expect(taking).rejects.toThrow('cut short');
    expect(isCleared).toBe(true);
  });

  it('are read no further when their reader fails, even without closing them', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(100_000);
      })(),
    );
    const taking = passOn(endless, new MeasuredStream(), () => Promise.reject(new Error('disk full')));
    await expect(taking).rejects.toThrow('disk full');
    expect(endless.destroyed).toBe(true);
  });
});
