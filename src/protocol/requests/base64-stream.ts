import { type StreamedBytes } from './reply.js';

/** Bytes that make whole base64 characters. */
const GROUP = 3;

/** Bytes in pieces, as base64. */
export class Base64Stream implements StreamedBytes {
  readonly size: number;

  constructor(private readonly body: StreamedBytes) {
    this.size = base64Length(body.size);
  }

  async *pieces(): AsyncGenerator<Buffer> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const piece of this.body.pieces()) {
      const bytes = Buffer.concat([rest, piece]);
      const whole = bytes.length - (bytes.length % GROUP);
      rest = bytes.subarray(whole);
      if (whole > 0) yield Buffer.from(bytes.toString('base64', 0, whole), 'latin1');
    }
    if (rest.length > 0) yield Buffer.from(rest.toString('base64'), 'latin1');
  }

  close(): void {
    this.body.close();
  }
}

/** How many characters the base64 of so many bytes has. */
export function base64Length(bytes: number): number {
  return Math.ceil(bytes / GROUP) * 4;
}
