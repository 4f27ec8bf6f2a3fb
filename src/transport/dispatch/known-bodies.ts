import { LRUCache } from 'lru-cache';
import { type z } from 'zod';
import { type RepeatRule } from '../../auth/endpoint.js';
import { type InnerRequest, type RequestBody } from '../../protocol/requests/inner-request.js';
import { readBodyOnce } from '../../protocol/requests/inputs.js';

/** Bytes of the bodies kept, as they were sent; understood they take about five times as much. */
const BYTES_KEPT = 512 * 1024;
/** Bytes of the longest body kept. A poll of fifty rooms has half as many. */
const LONGEST_KEPT = 16 * 1024;

/**
 * Understands the bodies of an endpoint of which some only read. A body that does is understood once for everybody who sends
 * the same bytes: a poll that finds nothing is sent again and again, and most members of a room send the same one.
 */
export class KnownBodies {
  /** Bodies that only read, by their hashes. */
  private readonly reads = new LRUCache<string, RequestBody>({ maxSize: BYTES_KEPT });

  /**
   * @param schema  reads a body
   * @param repeats says of a body how its request takes effect once
   */
  constructor(
    private readonly schema: z.ZodType | 'bytes',
    private readonly repeats: (body: unknown) => RepeatRule,
  ) {}

  /**
   * Leaves a request's body in its place as the schema reads it, and says how the request takes effect once. Requests whose
   * bodies are the same may share it afterwards, so nobody may change it.
   * @param bodyHash BLAKE2b-512 of the body, 64 raw bytes; undefined for none
   */
  understand(request: InnerRequest, bodyHash: Buffer | undefined): RepeatRule {
    const { body } = request;
    const isShort = body.kind === 'bytes' && body.bytes.length <= LONGEST_KEPT;
    const key = isShort ? bodyHash?.toString('latin1') : undefined;
    const known = key === undefined ? undefined : this.reads.get(key);
    if (known) {
      request.body = known;
      return 'read';
    }
    const read = readBodyOnce(this.schema, body);
    request.body = read;
    const rule = read.kind === 'read' ? this.repeats(read.value) : 'transaction';
    if (rule === 'read' && key !== undefined && isShort)
      this.reads.set(key, read, { size: body.bytes.length });
    return rule;
  }
}
