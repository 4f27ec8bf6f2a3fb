import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../foundation/config/settings.js';
import { type SpooledUpload } from '../../protocol/requests/inner-request.js';
import { ProtocolError } from '../../foundation/errors/protocol-error.js';
import { ByteBudget } from '../../foundation/limits/byte-budget.js';
import { descriptorLimit, uploadLimit } from '../../foundation/limits/descriptors.js';
import { Transfer, Transfers } from '../../foundation/limits/transfer.js';
import { type Cell } from '../../foundation/metrics/meter.js';
import { Meters } from '../../foundation/metrics/meters.service.js';
import { Disk } from './disk.service.js';
import { IncomingFolder } from './incoming-folder.js';

/** How long an upload waits until others have ended. */
const PATIENCE_MS = 8_000;
const MOST_WAITING = 256;
const RETRY_AFTER_SECONDS = 5;
const BODY_EVENTS = ['readable', 'end', 'error', 'close'] as const;

/** Takes uploads from the network to disk in pieces, so that memory holds one piece of each. */
@Injectable()
export class UploadSpool {
  /**
   * Uploads that this process receives at a time. Nobody has proved who they are yet, so what strangers can fill the disk
   * with is bounded.
   */
  private readonly mostUploads = uploadLimit(descriptorLimit());
  private readonly places = new ByteBudget(this.mostUploads, PATIENCE_MS, MOST_WAITING);
  private readonly arriving = new Transfers(() => {
    this.dropSlow();
  });
  private readonly dropped: Cell;

  constructor(
    private readonly settings: Settings,
    private readonly incoming: IncomingFolder,
    private readonly disk: Disk,
    meters: Meters,
  ) {
    this.dropped = meters
      .counter({
        name: 'plaza_slow_uploads_dropped_total',
        help: 'Uploads straight over HTTP that were dropped because they came slowly and were too many.',
      })
      .cell();
  }

  /**
   * Writes a body to a temporary file and hashes it on the way, for its signature to be checked and for it to be known again. When this rejects,
   * nothing is left of it on disk and the rest of the body is unread.
   * @param announced bytes that the sender said will come, if they said so
   * @throws ProtocolError `too_large`, as soon as that is known; `storage_full`; `unavailable` when too many are
   *   uploading at once; `request_timeout` when it is slow and many upload; `malformed_request` when the sender goes
   *   away
   */
  async receive(body: Readable, announced?: number): Promise<SpooledUpload> {
    if (announced !== undefined) this.checkSize(announced);
    await this.disk.admitUpload(announced ?? 0);
    if (!(await this.places.take(1)))
      throw new ProtocolError('unavailable', 'too many uploads', RETRY_AFTER_SECONDS);
    const stop = new AbortController();
    const transfer = new Transfer(() => {
      this.dropped.value++;
      stop.abort(new ProtocolError('request_timeout', 'many others upload'));
    });
    this.arriving.add(transfer);
    try {
      return await this.write(body, transfer, stop.signal);
    } catch (error) {
      throw body.errored ? new ProtocolError('malformed_request', 'the body ended early') : error;
    } finally {
      this.arriving.delete(transfer);
      this.places.give(1);
    }
  }

  /** Removes an upload that nobody has kept. */
  async discard({ path }: SpooledUpload): Promise<void> {
    await rm(path, { force: true });
  }

  /** @throws ProtocolError `too_large` when an upload of this many bytes is not allowed */
  checkSize(size: number): void {
    const { uploadMaxBytes } = this.settings;
    if (size > uploadMaxBytes)
      throw new ProtocolError('too_large', `a file may have ${uploadMaxBytes} bytes`);
  }

  /** With more than half of all places taken, drops slow uploads until that is not so, the slowest first. */
  private dropSlow(): void {
    const excess = this.arriving.count - Math.floor(this.mostUploads / 2);
    if (excess > 0) for (const transfer of this.arriving.slowest().slice(0, excess)) transfer.drop();
  }

  private async write(body: Readable, transfer: Transfer, stop: AbortSignal): Promise<SpooledUpload> {
    const hash = createHash('blake2b512');
    const sha256 = createHash('sha256');
    let size = 0;
    const path = await this.incoming.write(async (file) => {
      for await (const piece of piecesOf(body, stop)) {
        size += piece.length;
        this.checkSize(size);
        transfer.moved(piece.length);
        this.disk.addToUpload(piece.length);
        hash.update(piece);
        sha256.update(piece);
        await file.writeFile(piece);
      }
    });
    return { path, size, hash: hash.digest(), sha256: sha256.digest() };
  }
}

/**
 * The chunks of a body, until a signal, with whose reason it fails. The body stays open: to destroy it would close the
 * socket, and the sender would never read why.
 */
async function* piecesOf(body: Readable, stop: AbortSignal): AsyncGenerator<Buffer> {
  for (;;) {
    stop.throwIfAborted();
    const piece = body.read() as Buffer | null;
    if (piece !== null) yield piece;
    else if (body.readableEnded) return;
    else if (body.destroyed) throw new ProtocolError('malformed_request', 'the body ended early');
    else await somethingHappens(body, stop);
  }
}

/** Resolves when a body has more to read, has ended or has failed, or the signal has come. */
function somethingHappens(body: Readable, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const happened = (): void => {
      for (const event of BODY_EVENTS) body.off(event, happened);
      stop.removeEventListener('abort', happened);
      resolve();
    };
    for (const event of BODY_EVENTS) body.on(event, happened);
    stop.addEventListener('abort', happened);
  });
}
