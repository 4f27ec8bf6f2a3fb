import { type BencodedReply } from '../../protocol/crypto/bencode.js';
import { type OnionSealer } from '../../protocol/crypto/onion-sealer.js';
import { type StreamedBytes } from '../../protocol/requests/reply.js';

/** The sealed answer to an onion request whose body is sealed and sent in pieces, as it is read. */
export class SealedStream implements StreamedBytes {
  readonly size: number;

  /**
   * @param list what stands around the body in a v4 answer; undefined in a v3 one, which is the body alone
   */
  constructor(
    private readonly sealer: OnionSealer,
    private readonly body: StreamedBytes,
    private readonly list?: BencodedReply,
  ) {
    this.size = sealer.sealedSize(list?.size ?? body.size);
  }

  async *pieces(): AsyncGenerator<Buffer> {
    const { sealer, list } = this;
    yield sealer.nonce;
    if (list) yield sealer.add(list.before);
    for await (const piece of this.body.pieces()) yield sealer.add(piece);
    if (list) yield sealer.add(list.after);
    yield sealer.tag();
  }

  close(): void {
    this.body.close();
  }
}
