/** Content types of recordings that a page plays. */
export type MediaType =
  'audio/aac' | 'audio/mp4' | 'audio/mpeg' | 'audio/ogg' | 'audio/wav' | 'video/mp4' | 'video/webm';

/** Bytes of a file that {@link mediaType} looks at. */
export const MEDIA_HEAD = 16;

/** Brands of MPEG-4 files that hold sound alone. */
const SOUND_BRANDS = new Set(['M4A ', 'M4B ', 'M4P ']);

/** The type of a sound or a video by its first bytes; undefined when browsers play none of its kind. */
export function mediaType(bytes: Buffer): MediaType | undefined {
  const text = bytes.toString('latin1', 0, 12);
  if (text.startsWith('OggS')) return 'audio/ogg';
  if (/^RIFF.{4}WAVE$/s.test(text)) return 'audio/wav';
  if (text.startsWith('ID3')) return 'audio/mpeg';
  if (text.slice(4, 8) === 'ftyp') return SOUND_BRANDS.has(text.slice(8)) ? 'audio/mp4' : 'video/mp4';
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0x1a45dfa3) return 'video/webm';
  return frameType(bytes);
}

/** AAC and MP3 begin with a frame: twelve bits that are set, and what of MPEG it is. */
function frameType(bytes: Buffer): MediaType | undefined {
  const [first = 0, second = 0] = bytes;
  if (first !== 0xff) return undefined;
  if ((second & 0xf6) === 0xf0) return 'audio/aac';
  return (second & 0xe6) === 0xe2 ? 'audio/mpeg' : undefined;
}

/** Whether the author of a message calls a file a sound or a video; browsers decide by its bytes. */
export function claimedMedia(contentType: string | undefined): 'audio' | 'video' | undefined {
  if (contentType === undefined) return undefined;
  if (/^audio\/[\w.+-]{1,40}$/i.test(contentType)) return 'audio';
  return /^video\/[\w.+-]{1,40}$/i.test(contentType) ? 'video' : undefined;
}
