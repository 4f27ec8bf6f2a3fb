import { json, notModified, type Reply, text } from '../protocol/requests/reply.js';
import { decodeAnswer, encodeAnswer, settles } from './kept-answer.js';

describe('an answer that is kept for a repeat', () => {
  const answers: [string, Reply][] = [
    ['JSON', json({ id: 1, name: '🐟\n' }, 201)],
    ['a refusal', text('No such room', 404)],
    ['nothing new', notModified()],
    [
      'bytes',
      { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: Buffer.of(0, 10, 255) },
    ],
  ];

  test.each(answers)('comes back as it was: %s', (_what, answer) => {
    const { reply, hearers } = decodeAnswer(encodeAnswer(answer) ?? Buffer.alloc(0));
    expect(reply).toEqual(answer);
    expect(hearers).toBe('this machine');
  });

  test('says whether all machines must have heard of it', () => {
    const kept = encodeAnswer(json({}), 'all machines') ?? Buffer.alloc(0);
    expect(decodeAnswer(kept)).toEqual({ reply: json({}), hearers: 'all machines' });
  });

  test('can be read by the version before, which knows nothing of machines', () => {
    const [head = ''] = (encodeAnswer(json({}), 'all machines') ?? Buffer.alloc(0)).toString().split('\n');
    expect(JSON.parse(head)).toMatchObject({ status: 200, headers: json({}).headers });
  });

  test('has a body of at most 64 KiB', () => {
    expect(encodeAnswer(text('a'.repeat(65_536), 200))).toBeDefined();
    expect(encodeAnswer(text('a'.repeat(65_537), 200))).toBeUndefined();
    expect(encodeAnswer(text('ä'.repeat(32_769), 200))).toBeUndefined();
  });

  test('is never one that tells the client to try again', () => {
    const statuses = [200, 201, 304, 400, 401, 403, 404, 413, 425, 429, 500, 503, 507];
    expect(statuses.filter((status) => !settles(text('', status)))).toEqual([425, 429, 500, 503, 507]);
  });
});
