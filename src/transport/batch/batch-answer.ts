import { base64Length, Base64Stream } from '../../protocol/requests/base64-stream.js';
import { PartedText } from '../../protocol/requests/parted-text.js';
import { headersText, isJson, isStored, type Reply } from '../../protocol/requests/reply.js';
import { type Eventual } from '../../foundation/eventual.js';

/** Characters; a longer text is kept as bytes outside of V8's heap, which is smaller than all answers may be together. */
const LONG_TEXT = 16 * 1024;
/** Characters; a longer answer stays in parts. A shorter one is a text, which may be kept for repeats. */
const LONG_ANSWER = 64 * 1024;

/** A body as it stands in the answer to a batch. */
type WrittenBody = string | Buffer | PartedText;

/** The JSON text of the answer to a batch, which grows with each element. */
export class BatchAnswer {
  private readonly parts: (string | Buffer)[] = [];
  private size = 0;

  /**
   * Adds the answer of an element.
   * @param body as {@link writtenBody} writes it
   * @returns characters, or bytes, by which the whole grows
   */
  add(reply: Reply, body: WrittenBody): number {
    const before = this.size;
    const start = `${before > 0 ? ',' : ''}{"code":${reply.status},"headers":${headersText(reply)},"body":`;
    if (typeof body === 'string') {
      this.push(`${start}${body}}`);
    } else {
      this.push(start);
      if (Buffer.isBuffer(body)) this.push(body);
      else for (const part of body.parts.splice(0)) this.push(part);
      this.push('}');
    }
    return this.size - before;
  }

  /** The whole answer, once. */
  end(): string | PartedText {
    const isLong = this.size > LONG_ANSWER || this.parts.some((part) => Buffer.isBuffer(part));
    return isLong ? new PartedText(['[', ...this.parts, ']']) : `[${this.parts.join('')}]`;
  }

  private push(part: string | Buffer): void {
    this.parts.push(part);
    this.size += part.length;
  }
}

/** Characters, or bytes, that the body of an element's answer takes in the answer to its batch. */
export function writtenSize(reply: Reply): number {
  const { body } = reply;
  // A batch within a batch has been counted element by element.
  if (body instanceof PartedText) return 0;
  if (isStored(body)) return base64Length(body.size);
  return isJson(reply) ? body.length : base64Length(body.length);
}

/** JSON is embedded as the text it is, anything else as base64. A stored body is read and written piece by piece. */
export function writtenBody(reply: Reply): Eventual<WrittenBody> {
  const { body } = reply;
  if (body instanceof PartedText) return body;
  if (isStored(body)) return readAsBase64(new Base64Stream(body));
  if (!isJson(reply)) return `"${Buffer.from(body).toString('base64')}"`;
  return body.length > LONG_TEXT ? Buffer.from(body) : reply.body;
}

async function readAsBase64(base64: Base64Stream): Promise<Buffer> {
  const written = Buffer.alloc(base64.size + 2, '"');
  let end = 1;
  for await (const piece of base64.pieces()) end += piece.copy(written, end);
  if (end !== written.length - 1) throw new Error('A stored file is shorter than it was when it was opened');
  return written;
}
