import { claimedMedia, mediaType } from './media-type.js';

const bytes = (hex: string, text = ''): Buffer =>
  Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(text, 'latin1')]);

it.each([
  [bytes('', 'OggS........'), 'audio/ogg'],
  [bytes('', 'RIFF....WAVE'), 'audio/wav'],
  [bytes('', 'ID3.........'), 'audio/mpeg'],
  [bytes('fffb9064'), 'audio/mpeg'],
  [bytes('fff15080'), 'audio/aac'],
  [bytes('fff94c80'), 'audio/aac'],
  [bytes('00000018', 'ftypM4A '), 'audio/mp4'],
  [bytes('00000018', 'ftypisom'), 'video/mp4'],
  [bytes('00000018', 'ftypqt  '), 'video/mp4'],
  [bytes('1a45dfa3'), 'video/webm'],
  [bytes('ffd8ff'), undefined],
  [bytes('', '<!doctype html>'), undefined],
  [bytes(''), undefined],
])('%s is known by its first bytes', (start, type) => {
  expect(mediaType(start)).toBe(type);
});

it('the type that a sender claims decides between a sound and a video, and about nothing else', () => {
  expect(
    ['audio/aac', 'VIDEO/mp4', 'text/html', 'audio/"><script>', undefined].map((type) => claimedMedia(type)),
  ).toEqual(['audio', 'video', undefined, undefined, undefined]);
});
