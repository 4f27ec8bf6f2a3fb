import { encodeMessage, pad } from '../../../test/client/message.js';
import { encodeFields } from '../../../test/client/protobuf.js';
import { SeededBytes } from '../../../test/support/seeded-bytes.js';
import { readContent } from './read-content.js';

const AUTHOR = `15${'ab'.repeat(32)}`;
const FULL = {
  body: 'Grüße 👋',
  displayName: 'Alice',
  profilePicture: 'http://example.org/file/9#d',
  timestamp: 1_700_000_000_123,
  attachments: [
    {
      id: 77,
      contentType: 'image/png',
      size: 1234,
      fileName: 'cat.png',
      width: 640,
      height: 480,
      url: 'http://example.org/room/lobby/file/77',
    },
    { id: 78, contentType: 'audio/aac', flags: 1 },
  ],
  quote: { timestamp: 1_600_000_000_000, author: AUTHOR, text: 'earlier' },
  preview: { url: 'https://example.org', title: 'Example' },
};

describe('reading what a message says', () => {
  it.each([false, true])('finds every part of a message (in an envelope: %s)', (envelope) => {
    expect(readContent(encodeMessage({ ...FULL, envelope }))).toEqual({
      body: 'Grüße 👋',
      displayName: 'Alice',
      profilePicture: 'http://example.org/file/9#d',
      timestamp: 1_700_000_000_123,
      attachments: [
        {
          id: 77,
          contentType: 'image/png',
          size: 1234,
          fileName: 'cat.png',
          voiceMessage: false,
          width: 640,
          height: 480,
          url: 'http://example.org/room/lobby/file/77',
        },
        {
          id: 78,
          contentType: 'audio/aac',
          size: undefined,
          fileName: undefined,
          voiceMessage: true,
          width: undefined,
          height: undefined,
          url: undefined,
        },
      ],
      quote: { timestamp: 1_600_000_000_000, author: AUTHOR, text: 'earlier' },
      previews: [{ url: 'https://example.org', title: 'Example', picture: undefined }],
    });
  });

  it('leaves what is missing undefined or empty', () => {
    expect(readContent(pad(encodeFields([[1, encodeFields([[1, 'hi']])]])))).toEqual({
      body: 'hi',
      displayName: undefined,
      timestamp: undefined,
      attachments: [],
      quote: undefined,
      previews: [],
      invitation: undefined,
    });
  });

  it('reads a message without padding, and an envelope padded inside', () => {
    const content = encodeFields([[1, encodeFields([[1, 'hi']])]]);
    expect(readContent(content)?.body).toBe('hi');
    const envelope = encodeFields([
      [1, 6],
      [5, 1_700_000_000_000],
      [8, pad(content)],
    ]);
    expect(readContent(envelope)).toMatchObject({ body: 'hi', timestamp: 1_700_000_000_000 });
  });

  it('reads bytes that are valid as envelope and as content as an envelope, as clients do', () => {
    const shown = pad(encodeFields([[1, encodeFields([[1, 'shown by clients']])]]));
    const hidden = encodeFields([[1, 'shown by nobody']]);
    const both = (type: number, timestamp: number): Buffer =>
      encodeFields([
        [1, hidden],
        [1, type],
        [5, timestamp],
        [8, shown],
      ]);
    for (const data of [both(6, 1_700_000_000_000), both(0, 0)]) {
      expect(readContent(data)?.body).toBe('shown by clients');
    }
  });

  it.each([
    ['without its time', [[1, 6]]],
    ['without its type', [[5, 1_700_000_000_000]]],
    ['whose type is no number', [[1, 'six'], [5, 1_700_000_000_000]]], // prettier-ignore
    ['whose time is no number', [[1, 6], [5, 'now']]], // prettier-ignore
  ] as [string, [number, number | string][]][])('does not take an envelope %s for one', (_what, fields) => {
    const wrapped = encodeFields([...fields, [8, encodeFields([[1, encodeFields([[1, 'hi']])]])]]);
    expect(readContent(wrapped)).toBeUndefined();
  });

  it('does not take an envelope for one when padding comes after it, as libsession does not', () => {
    const envelope = encodeFields([
      [1, 6],
      [5, 1_700_000_000_000],
      [8, encodeFields([[1, encodeFields([[1, 'hi']])]])],
    ]);
    expect(readContent(pad(envelope))).toBeUndefined();
  });

  it('ignores fields that it does not know, at every level', () => {
    const dataMessage = encodeFields([
      [1, 'hi'],
      [3, encodeFields([[1, 'a group']])],
      [200, 5],
      [201, { fixed64: 9n }],
    ]);
    const content = encodeFields([
      [4, 'something new'],
      [1, dataMessage],
      [99, 1],
    ]);
    expect(readContent(content)?.body).toBe('hi');
  });

  it('ignores a field of another type than its own', () => {
    const dataMessage = encodeFields([
      [1, 5],
      [2, 'no attachment, but text'],
      [101, encodeFields([[1, 'Alice']])],
    ]);
    expect(readContent(encodeFields([[1, dataMessage]]))).toBeUndefined();
    const quoteIsNumber = encodeFields([
      [8, 5],
      [1, 'hi'],
    ]);
    expect(readContent(encodeFields([[1, quoteIsNumber]]))).toMatchObject({ body: 'hi', quote: undefined });
  });

  it('does not take a number that needs 64 bits for an id', () => {
    const attachment = encodeFields([[1, { fixed64: 2n ** 64n - 1n }]]);
    const dataMessage = encodeFields([[2, attachment]]);
    expect(readContent(encodeFields([[1, dataMessage]]))?.attachments[0]?.id).toBeUndefined();
  });

  it('returns undefined for a content without a message, such as a reaction or a receipt of other kinds', () => {
    expect(readContent(encodeFields([[5, encodeFields([[1, 0]])]]))).toBeUndefined();
    expect(readContent(encodeFields([[15, 1_700_000_000_000]]))).toBeUndefined();
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(160)],
    ['padding alone', pad(Buffer.alloc(0))],
    ['text', Buffer.from('just some words')],
    ['a length beyond the end', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['an unfinished number', Buffer.from([0x78, 0xff, 0xff])],
  ])('returns undefined for %s', (_what, data) => {
    expect(readContent(data)).toBeUndefined();
  });

  it('never throws, whatever the bytes', () => {
    const random = new SeededBytes('broken messages');
    const whole = encodeMessage(FULL);
    for (let round = 0; round < 3000; round += 1) {
      const broken = Buffer.from(whole);
      broken[random.below(broken.length)] = random.below(256);
      const cut = whole.subarray(0, random.below(whole.length));
      for (const data of [random.bytes(random.below(200)), broken, cut]) {
        expect(() => readContent(data)).not.toThrow();
      }
    }
  });
});
