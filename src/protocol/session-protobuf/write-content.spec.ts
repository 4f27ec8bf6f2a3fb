import { readMessage, unpad } from '../../../test/client/message.js';
import { readContent } from './read-content.js';
import { writeContent } from './write-content.js';

const MESSAGE = { body: 'Mind the rules 🙂', displayName: 'House', timestamp: 1_700_000_000_123 };

describe('writing a message of the server’s own', () => {
  it('makes bytes that a client reads', () => {
    expect(readMessage(writeContent(MESSAGE))).toEqual({
      body: 'Mind the rules 🙂',
      displayName: 'House',
      sigTimestamp: 1_700_000_000_123,
    });
  });

  it('makes bytes that the server itself reads', () => {
    expect(readContent(writeContent(MESSAGE))).toMatchObject(MESSAGE);
  });

  it('pads to whole blocks, with at least two bytes, whatever the length', () => {
    for (let length = 0; length < 330; length += 1) {
      const data = writeContent({ ...MESSAGE, body: 'x'.repeat(length) });
      expect(data.length % 160).toBe(0);
      expect(data.length - unpad(data).length).toBeGreaterThanOrEqual(2);
    }
  });
});
