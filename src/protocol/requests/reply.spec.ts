import { HttpException } from '@nestjs/common';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import {
  bodyBytes,
  bodySize,
  isJson,
  json,
  jsonText,
  notModified,
  refusal,
  text,
  writeBody,
} from './reply.js';

describe('a reply', () => {
  test('has one of the content types that clients compare as a whole', () => {
    expect(json({ a: 1 })).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });
    expect(jsonText('[]', 201)).toMatchObject({
      status: 201,
      headers: { 'content-type': 'application/json' },
    });
    expect(text('no', 404)).toEqual({
      status: 404,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: 'no',
    });
    expect(notModified()).toEqual({ status: 304, headers: {}, body: '' });
  });

  test('is embedded in a batch only as JSON text', () => {
    expect(isJson(json(null))).toBe(true);
    expect(isJson(text('null', 200))).toBe(false);
    expect(
      isJson({ status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from('1') }),
    ).toBe(false);
  });

  test('gives its bytes, however it holds them', async () => {
    const bytes = Buffer.from('ä');
    const stored = {
      size: 2,
      readInto: (target: Buffer): Promise<void> => {
        target.set(bytes);
        return Promise.resolve();
      },
      pieces: () => [bytes],
      close: () => undefined,
    };
    for (const body of ['ä', bytes, stored]) {
      const reply = { status: 200, headers: {}, body };
      expect(await bodyBytes(reply)).toEqual(bytes);
      expect(bodySize(reply)).toBe(2);
      const target = Buffer.alloc(2);
      await writeBody(reply, target);
      expect(target).toEqual(bytes);
    }
  });

  test('tells a refusal by its status and reason', () => {
    expect(refusal(new ProtocolError('room_not_found'))).toEqual(text('No such room', 404));
    expect(refusal(new HttpException('too long', 414))).toEqual(text('too long', 414));
  });
});
