/** Bytes of a file, both ends included. */
export interface ByteRange {
  first: number;
  last: number;
}

/** Bytes of a recording that one answer has at most: browsers ask for the rest when they need it. */
export const PIECE_MAX = 1024 * 1024;

/**
 * The bytes that a `Range` header asks for, no more than {@link PIECE_MAX}: the first range of the header counts.
 * @param size of the file, in bytes
 * @returns undefined for a header that is none of this kind, which is as if there were none; `beyond` when the file has
 *   no such bytes
 */
export function rangeOf(header: string | undefined, size: number): ByteRange | 'beyond' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first > end) return 'beyond';
  return { first, last: Math.min(end, first + PIECE_MAX - 1) };
}
