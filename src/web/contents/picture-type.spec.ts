import { pictureType } from './picture-type.js';

it.each([
  ['image/png', '89504e470d0a1a0a0000000d49484452'],
  ['image/jpeg', 'ffd8ffe000104a464946'],
  ['image/gif', Buffer.from('GIF89a....').toString('hex')],
  ['image/gif', Buffer.from('GIF87a').toString('hex')],
  ['image/webp', '52494646' + '0a000a0d' + Buffer.from('WEBPVP8 ').toString('hex')],
])('%s is known by its first bytes', (type, hex) => {
  expect(pictureType(Buffer.from(hex, 'hex'))).toBe(type);
});

it.each(['', '<svg xmlns="http://www.w3.org/2000/svg">', '<html>', '\u0089PN', 'RIFF....WAVE', ' GIF89a'])(
  '%j is not taken for a picture',
  (text) => {
    expect(pictureType(Buffer.from(text, 'latin1'))).toBeUndefined();
  },
);
