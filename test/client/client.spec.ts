import { readFileSync } from 'node:fs';
import { edwardsFromMontgomery, verifyXEd25519 } from './ed25519.js';
import { absoluteBlindedId, Identity } from './identity.js';
import { encodeMessage, pad, readMessage, signatureHolds, unpad } from './message.js';
import {
  bdecode,
  bencode,
  decodeV3,
  decodeV4,
  encodeV3,
  encodeV4,
  sealOnion,
  type OnionCipher,
} from './onion.js';
import { authHeaders } from './request-auth.js';
import { sodium } from './sodium.js';

interface BlindingVectors {
  server_public_x25519: string;
  users: {
    seed: string;
    session_id: string;
    blinded_id: string;
    blinded_abs: string;
    ed25519_public: string;
  }[];
}
interface MessageVectors {
  server_public_x25519: string;
  messages: {
    seed: string;
    blinded_id: string;
    text: string;
    display_name: string;
    data_base64: string;
    signature_base64: string;
  }[];
}
interface OnionVectors {
  server_secret_x25519: string;
  requests: {
    enc_type: OnionCipher;
    ephemeral_secret: string;
    plaintext_base64: string;
    request_body_base64: string;
    reply_plaintext_base64: string;
    reply_body_base64: string;
  }[];
}
interface RequestVectors {
  server_public_x25519: string;
  requests: {
    seed: string;
    blinded: boolean;
    method: string;
    path: string;
    body_base64: string | null;
    headers: Record<'X-SOGS-Pubkey' | 'X-SOGS-Nonce' | 'X-SOGS-Timestamp' | 'X-SOGS-Signature', string>;
  }[];
}

function vectors(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/vectors/${name}.json`, import.meta.url), 'utf8'));
}

const blinding = vectors('blinding') as BlindingVectors;
const messages = vectors('messages') as MessageVectors;
const onion = vectors('onion-v4') as OnionVectors;
const requests = vectors('request-signatures') as RequestVectors;
const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64');

describe('the test client’s identities', () => {
  it.each(blinding.users)('have the IDs that Session derives from seed $seed', (user) => {
    const identity = new Identity(user.seed);
    const blinded = identity.blindedFor(blinding.server_public_x25519);
    expect(identity.sessionId).toBe(user.session_id);
    expect(identity.unblinded.id).toBe(`00${user.ed25519_public}`);
    expect(blinded.id).toBe(user.blinded_id);
    expect(blinded.absoluteId).toBe(user.blinded_abs);
    expect(absoluteBlindedId(user.session_id, blinding.server_public_x25519)).toBe(user.blinded_abs);
  });

  it.each(requests.requests)('sign $method $path as Session does', ({ headers, ...request }) => {
    const identity = new Identity(request.seed);
    const signer = request.blinded ? identity.blindedFor(requests.server_public_x25519) : identity.unblinded;
    const body = request.body_base64 === null ? undefined : fromBase64(request.body_base64);
    const signed = authHeaders(
      signer,
      requests.server_public_x25519,
      { method: request.method, path: request.path, body },
      { nonce: fromBase64(headers['X-SOGS-Nonce']), timestamp: headers['X-SOGS-Timestamp'] },
    );
    expect(signed).toEqual(headers);
  });

  it('sign an emoji path the same whether it is raw or percent-encoded', () => {
    const signer = new Identity().blindedFor(requests.server_public_x25519);
    const overrides = { nonce: Buffer.alloc(16, 7), timestamp: 1_700_000_000 };
    const sign = (path: string): Record<string, string> =>
      authHeaders(signer, requests.server_public_x25519, { method: 'PUT', path }, overrides);
    expect(sign('/room/a/reaction/1/%F0%9F%90%9F?x=%20')).toEqual(sign('/room/a/reaction/1/🐟?x=%20'));
    expect(sign('/room/a/reaction/1/🐟')).not.toEqual(sign('/room/a/reaction/1/🐠'));
  });

  it.each(blinding.users)('sign messages for $session_id in both XEd25519 styles', (user) => {
    const identity = new Identity(user.seed);
    const publicKey = Buffer.from(user.session_id.slice(2), 'hex');
    const message = Buffer.from('hello');
    const positive = identity.signAsSessionId(message);
    expect(sodium.crypto_sign_verify_detached(positive, message, edwardsFromMontgomery(publicKey))).toBe(
      true,
    );
    const withTopBit = identity.signAsSessionId(message, { topBit: true });
    expect((withTopBit[63] ?? 0) >> 7).toBe(Buffer.from(user.ed25519_public, 'hex').readUInt8(31) >> 7);
    expect(verifyXEd25519(withTopBit, message, publicKey)).toBe(true);
    expect(verifyXEd25519(withTopBit, Buffer.from('hallo'), publicKey)).toBe(false);
  });
});

describe('the test client’s messages', () => {
  it.each(messages.messages)('are the bytes that Session makes of "$text"', (message) => {
    const data = fromBase64(message.data_base64);
    const read = readMessage(data);
    expect(read).toMatchObject({ body: message.text, displayName: message.display_name });
    const encoded = encodeMessage({
      body: message.text,
      displayName: message.display_name,
      timestamp: read.sigTimestamp ?? NaN,
    });
    expect(encoded).toEqual(data);
    const signer = new Identity(message.seed).blindedFor(messages.server_public_x25519);
    expect(Buffer.from(signer.sign(encoded)).toString('base64')).toBe(message.signature_base64);
  });

  it.each(messages.messages)('are shown only with their own signature: "$text"', (message) => {
    const row = {
      session_id: message.blinded_id,
      data: message.data_base64,
      signature: message.signature_base64,
    };
    expect(signatureHolds(row)).toBe(true);
    const changed = fromBase64(row.data);
    changed[3] = (changed[3] ?? 0) ^ 1;
    expect(signatureHolds({ ...row, data: changed.toString('base64') })).toBe(false);
    expect(signatureHolds({ ...row, signature: 'c2hvcnQ=' })).toBe(false);
    expect(signatureHolds({ ...row, data: null })).toBe(false);
  });

  it('are padded with at least one byte to a multiple of 160 and unpadded again', () => {
    for (const length of [0, 1, 157, 158, 159, 160, 317, 318, 319]) {
      const bytes = Buffer.alloc(length, 'x');
      expect(pad(bytes).length % 160).toBe(0);
      expect(pad(bytes).length).toBeGreaterThan(length);
      expect(unpad(pad(bytes))).toEqual(bytes);
    }
    expect(unpad(Buffer.from('not padded'))).toEqual(Buffer.from('not padded'));
  });

  it('keep attachments, quotes and previews beside the text', () => {
    const data = encodeMessage({
      body: 'look',
      attachments: [
        {
          id: 7,
          contentType: 'image/png',
          size: 3,
          fileName: 'a.png',
          flags: 1,
          width: 2,
          height: 4,
          url: 'u',
        },
      ],
      quote: { timestamp: 1_700_000_000_000, author: '05ab', text: 'q' },
      preview: { url: 'https://example.org', title: 't' },
    });
    expect(readMessage(data).body).toBe('look');
    const bytes = data.toString('latin1');
    expect(bytes).toContain(
      '\x09\x07\0\0\0\0\0\0\0\x12\x09image/png\x20\x03\x3a\x05a.png\x40\x01\x48\x02\x50\x04',
    );
    expect(bytes).toContain('\x12\x0405ab\x1a\x01q');
    expect(bytes).toContain('\x0a\x13https://example.org\x12\x01t');
  });
});

describe('the test client’s onion requests', () => {
  const serverPublicKey = Buffer.from(
    sodium.crypto_scalarmult_base(Buffer.from(onion.server_secret_x25519, 'hex')),
  ).toString('hex');

  it.each(onion.requests)('are sealed with $enc_type as libsession does, and read its replies', (vector) => {
    const expected = fromBase64(vector.request_body_base64);
    const ciphertext = expected.subarray(4, 4 + expected.readUInt32LE(0));
    const sealed = sealOnion(fromBase64(vector.plaintext_base64), serverPublicKey, {
      cipher: vector.enc_type,
      ephemeralSecret: Buffer.from(vector.ephemeral_secret, 'hex'),
      nonce: ciphertext.subarray(0, vector.enc_type === 'aes-gcm' ? 12 : 24),
      metadata: { host: '127.0.0.1', target: '/oxen/v4/lsrpc', method: 'POST', protocol: 'http', port: 80 },
    });
    const json = 4 + ciphertext.length;
    expect(sealed.body.subarray(0, json)).toEqual(expected.subarray(0, json));
    expect(JSON.parse(sealed.body.toString('utf8', json))).toEqual(
      JSON.parse(expected.toString('utf8', json)),
    );
    const reply = sealed.open(fromBase64(vector.reply_body_base64));
    expect(reply).toEqual(fromBase64(vector.reply_plaintext_base64));
    expect(decodeV4(reply)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from('{}'),
    });
  });

  it('can leave enc_type out and spell the ephemeral key in three ways', () => {
    const ephemeralSecret = Buffer.alloc(32, 1);
    const metadataOf = (keyEncoding: 'hex' | 'base64' | 'base32z'): unknown => {
      const options = { cipher: 'aes-gcm', encType: null, keyEncoding, ephemeralSecret } as const;
      const { body } = sealOnion(Buffer.from('le'), serverPublicKey, options);
      return JSON.parse(body.toString('utf8', 4 + body.readUInt32LE(0)));
    };
    const key = Buffer.from(sodium.crypto_scalarmult_base(ephemeralSecret));
    expect(metadataOf('hex')).toEqual({ ephemeral_key: key.toString('hex') });
    expect(metadataOf('base64')).toEqual({ ephemeral_key: key.toString('base64') });
    expect(metadataOf('base32z')).toEqual({
      ephemeral_key: expect.stringMatching(/^[ybndrfg8ejkmcpqxot1uwisza345h769]{52}$/) as unknown,
    });
  });

  it('refuse a reply that was altered', () => {
    for (const vector of onion.requests) {
      const request = sealOnion(Buffer.from('le'), serverPublicKey, {
        cipher: vector.enc_type,
        ephemeralSecret: Buffer.from(vector.ephemeral_secret, 'hex'),
      });
      const altered = fromBase64(vector.reply_body_base64);
      altered[30] = (altered[30] ?? 0) ^ 1;
      expect(() => request.open(altered)).toThrow();
    }
  });

  it('write v4 as a list of metadata and body, with the body only when there is one', () => {
    const request = { method: 'GET', endpoint: '/capabilities', headers: {} };
    expect(encodeV4(request).toString()).toBe(
      'l56:{"method":"GET","endpoint":"/capabilities","headers":{}}e',
    );
    expect(bdecode(encodeV4({ ...request, body: Buffer.from('e:e') }))[1]).toEqual(Buffer.from('e:e'));
  });

  it('refuse v4 replies that are no list of two strings', () => {
    for (const parts of [['{}'], ['{}', '', '']]) {
      expect(() => decodeV4(bencode(parts.map((part) => Buffer.from(part))))).toThrow('exactly two parts');
    }
    for (const text of ['', '5:hello', 'l9:shorte', 'lx:1e', 'l12e']) {
      expect(() => decodeV4(Buffer.from(text))).toThrow(/bencoded/);
    }
  });

  it('write v3 as JSON with a text body and read its status', () => {
    const request = { method: 'POST', endpoint: '/batch', headers: { A: 'b' }, body: Buffer.from('[]') };
    expect(JSON.parse(encodeV3(request).toString())).toEqual({ ...request, body: '[]' });
    expect(() => encodeV3({ ...request, body: Buffer.from([0xff]) })).toThrow();
    expect(decodeV3(Buffer.from('{"status_code": 404}')).status).toBe(404);
    expect(decodeV3(Buffer.from('{"id": 404}'))).toMatchObject({
      status: 200,
      body: Buffer.from('{"id": 404}'),
    });
  });
});
