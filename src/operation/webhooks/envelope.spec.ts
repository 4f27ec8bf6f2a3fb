import { type Notice } from '../../records/webhooks/notice.js';
import { envelopeOf, makeSecret } from './envelope.js';

const NOTICE: Notice = {
  kind: 'message.held',
  at: 1_614_265_330.5,
  room: 'bagh',
  title: '3 messages wait in باغ',
  text: 'text',
  facts: { waiting: 3 },
};

describe('the request of a notice', () => {
  it('is signed as the library of Standard Webhooks signs it', () => {
    const receiver = {
      url: 'https://a.example/',
      form: 'standard',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    } as const;
    const { headers, body } = envelopeOf(NOTICE, receiver, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_331.9);
    expect(JSON.parse(body)).toEqual({
      type: 'message.held',
      timestamp: '2021-02-25T15:02:10.500Z',
      data: { room: 'bagh', waiting: 3, title: '3 messages wait in باغ', text: 'text' },
    });
    expect(headers).toMatchObject({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265331',
      'webhook-signature': 'v1,7WQu7UIGNWfN+aid6fCoCCgGQ+87UxpesNOkGd/N4xY=',
    });
  });

  it('has a title in any script for ntfy', () => {
    const receiver = { url: 'https://ntfy.example/topic', form: 'ntfy', secret: null } as const;
    const { headers, body } = envelopeOf(NOTICE, receiver, 'msg_1', 0);
    expect(body).toBe('text');
    const [, encoded = ''] = /^=\?UTF-8\?B\?(.*)\?=$/.exec(headers.title ?? '') ?? [];
    expect(Buffer.from(encoded, 'base64').toString()).toBe(NOTICE.title);
  });

  it('has a secret of its own length and prefix', () => {
    const secrets = [makeSecret(), makeSecret()];
    expect(new Set(secrets).size).toBe(2);
    for (const secret of secrets) {
      expect(secret).toMatch(/^whsec_/);
      expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
    }
  });
});
