const PADDING_START = 0x80;

/** Message data without its padding, and what is needed to put the padding back. */
export interface UnpaddedData {
  /** A view of the data up to its padding. */
  content: Buffer;
  /** Bytes of the data as posted; equal to the content's when the data was not padded. */
  paddedSize: number;
}

/**
 * Takes Session's message padding off: a byte 0x80, then zeros to the end (protocol 6). Data that does not end so is
 * its own content. `pad(content, paddedSize)` gives back exactly the same bytes, whatever they were.
 */
export function unpad(data: Buffer): UnpaddedData {
  let end = data.length;
  while (end > 0 && data[end - 1] === 0) end -= 1;
  const padded = end > 0 && data[end - 1] === PADDING_START;
  return { content: padded ? data.subarray(0, end - 1) : data, paddedSize: data.length };
}

/**
 * Puts the padding back that `unpad` took off, so that the signature over the posted bytes holds.
 * @throws RangeError when the content is longer than the padded size.
 */
export function pad(content: Buffer, paddedSize: number): Buffer {
  if (content.length === paddedSize) return content;
  if (content.length > paddedSize) {
    throw new RangeError(`${content.length} bytes of content can't be padded to ${paddedSize}`);
  }
  const data = Buffer.alloc(paddedSize);
  data.set(content);
  data[content.length] = PADDING_START;
  return data;
}
