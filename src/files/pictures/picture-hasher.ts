import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { type Readable, type Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** In the bundle as in the compiled code it lies beside this file. */
const PROGRAM = fileURLToPath(new URL('./picture-process.js', import.meta.url));

/** Milliseconds after which the process has had enough time for one file, whatever it does. */
const PATIENCE_MS = 15_000;
/** Bytes of the largest file that is looked at. */
const LARGEST = 32_000_000;
/** V8's heap in MB: the pictures are not in it. */
const HEAP = 64;

interface Decoder {
  child: ChildProcessByStdio<Writable, Readable, null>;
  answers: Interface;
}

/**
 * Hashes pictures in a process of its own, which has bounds for pixels, memory and time and knows none of the server's secrets. A file
 * that brings it down costs this process nothing: the next file gets a new one.
 */
export class PictureHasher {
  private decoder: Decoder | undefined;

  /**
   * The perceptual hash of a file, 32 bytes.
   * @param size of the file in bytes
   * @param read gives its bytes; it is not called for a file that is too large
   * @returns undefined for what is no picture or can't be decoded within the bounds, and for a picture without any detail
   */
  async hashOf(size: number, read: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> {
    if (size === 0 || size > LARGEST) return undefined;
    const bytes = await read();
    if (!bytes) return undefined;
    const answer = await this.ask((this.decoder ??= start()), bytes);
    return answer === undefined || answer === '-' ? undefined : Buffer.from(answer, 'hex');
  }

  /** Ends the process, if there is one. */
  close(): void {
    this.decoder?.child.kill('SIGKILL');
    this.decoder = undefined;
  }

  /** @returns its answer; undefined when it died or took too long */
  private async ask({ child, answers }: Decoder, bytes: Buffer): Promise<string | undefined> {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    child.stdin.write(length);
    child.stdin.write(bytes);
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const answer = await Promise.race([
      once(answers, 'line', { signal }).then(([line]) => line as string),
      once(answers, 'close', { signal }),
    ]).catch(() => undefined);
    over.abort();
    if (typeof answer === 'string') return answer;
    this.close();
    return undefined;
  }
}

function start(): Decoder {
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP}`, PROGRAM], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // glibc gives memory back to the system only when threads share few arenas.
    env: { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' },
  });
  // It dies with what it was given, of which its output tells.
  child.stdin.on('error', () => undefined);
  child.on('error', () => undefined);
  return { child, answers: createInterface({ input: child.stdout }) };
}
