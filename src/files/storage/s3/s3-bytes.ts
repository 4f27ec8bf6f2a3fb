import { type IncomingMessage } from 'node:http';
import { errorLine } from '../../../foundation/error-line.js';
import { StorageUnavailableError } from '../../../foundation/errors/storage-unavailable-error.js';
import { type StoredBytes } from '../../../protocol/requests/reply.js';

/** An object on its way. Its connection waits for its reader, and goes with a reader that goes away. */
export class S3Bytes implements StoredBytes {
  readonly size: number;

  constructor(private readonly answer: IncomingMessage) {
    this.size = Number(answer.headers['content-length']);
  }

  async readInto(target: Buffer): Promise<void> {
    let size = 0;
    try {
      for await (const piece of this.answer as AsyncIterable<Buffer>) size += piece.copy(target, size);
    } catch (error) {
      throw new StorageUnavailableError(`an object came only in part: ${errorLine(error)}`, { cause: error });
    }
    if (size < this.size) throw new Error('An object is shorter than the store said');
  }

  pieces(): AsyncIterable<Buffer> {
    return this.answer;
  }

  close(): void {
    this.answer.destroy();
  }
}
