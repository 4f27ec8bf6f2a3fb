import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { ReplyMemory } from './reply-memory.js';

const KIB = 1024;
const MIB = 1024 * KIB;

function response(): ServerResponse {
  return new ServerResponse(new IncomingMessage(new Socket()));
}

/** Takes memory and gives it back at once. */
function use(memory: ReplyMemory, size: number): ArrayBufferLike {
  const reply = memory.take(size);
  const sent = response();
  memory.giveBackAfter(sent, reply);
  sent.emit('close');
  return reply.buffer;
}

describe('memory for replies', () => {
  test('has the requested size', () => {
    const memory = new ReplyMemory();
    for (const size of [0, 1, 8 * KIB - 1, 8 * KIB, 8 * KIB + 1, 100_000, 2 * MIB, 2 * MIB + 1]) {
      expect(memory.take(size)).toHaveLength(size);
      use(memory, size);
      expect(memory.take(size)).toHaveLength(size);
    }
  });

  test('is used again for a reply of about the size, whether shorter or longer', () => {
    const memory = new ReplyMemory();
    const first = use(memory, 100_000);
    expect(use(memory, 70_000)).toBe(first);
    expect(use(memory, 131_072)).toBe(first);
    expect(use(memory, 60_000)).not.toBe(first);
    expect(use(memory, 140_000)).not.toBe(first);
  });

  test('is lent to nobody else before its response is closed, and then to one', () => {
    const memory = new ReplyMemory();
    const sent = response();
    const reply = memory.take(100_000);
    memory.giveBackAfter(sent, reply);
    sent.emit('finish');
    expect(memory.take(100_000).buffer).not.toBe(reply.buffer);
    sent.emit('close');
    sent.emit('close');
    expect(memory.take(100_000).buffer).toBe(reply.buffer);
    expect(memory.take(100_000).buffer).not.toBe(reply.buffer);
  });

  test('is not kept after small or very large replies', () => {
    const memory = new ReplyMemory();
    expect(use(memory, 3 * MIB)).not.toBe(use(memory, 3 * MIB));
    const small = memory.take(5 * KIB);
    const sent = response();
    memory.giveBackAfter(sent, small);
    expect(sent.listenerCount('close')).toBe(0);
  });

  test('is kept unused up to 12 MiB', () => {
    const memory = new ReplyMemory();
    const replies = Array.from({ length: 20 }, () => memory.take(MIB));
    for (const reply of replies) {
      const sent = response();
      memory.giveBackAfter(sent, reply);
      sent.emit('close');
    }
    const known = new Set(replies.map(({ buffer }) => buffer));
    const again = Array.from({ length: 20 }, () => memory.take(MIB).buffer);
    expect(again.filter((buffer) => known.has(buffer))).toHaveLength(12);
  });
});
