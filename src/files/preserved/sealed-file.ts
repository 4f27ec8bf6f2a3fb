import { createHash } from 'node:crypto';
import { type FileHandle } from 'node:fs/promises';
import { type Pieces } from '../../protocol/requests/reply.js';
import { type Sodium } from '../../protocol/crypto/sodium.js';

/** Bytes of a file that are sealed at a time, so that a large one takes little memory. */
const PIECE = 1024 * 1024;
const LENGTH_BYTES = 4;
/** The most that one sealed part may take. */
const LARGEST_PART = 2 * PIECE;

/** The origin of the file in a sealed one. */
export interface SealedHeader {
  /** In hex. */
  sha256: string;
  /** Bytes. */
  size: number;
  /** Unix seconds. */
  preserved_at: number;
  /** Token. */
  room: string;
  filename: string | null;
  /** Session ID; null when it is not known any more. */
  uploader: string | null;
  /** Unix seconds. */
  uploaded_at: number;
  message: number | null;
}

/**
 * Writes a file so that only the owner of a key can read it: its header, then its bytes, each part sealed by libsodium
 * (`crypto_box_seal`) and preceded by its length.
 */
export async function sealFile(
  sodium: Sodium,
  publicKey: Buffer,
  target: FileHandle,
  header: SealedHeader,
  content: Pieces,
): Promise<void> {
  const write = async (part: Buffer): Promise<void> => {
    const sealed = sodium.seal(part, publicKey);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(sealed.length);
    await target.writeFile(Buffer.concat([length, sealed]));
  };
  await write(Buffer.from(JSON.stringify(header)));
  for await (const piece of content) {
    for (let start = 0; start < piece.length; start += PIECE)
      await write(piece.subarray(start, start + PIECE));
  }
}

/**
 * Reads a sealed file again, and compares it with its checksum at the end.
 * @returns its header
 * @throws Error when it was sealed for another key, or is not what was sealed
 */
export async function unsealFile(
  sodium: Sodium,
  secretKey: Buffer,
  source: FileHandle,
  write: (piece: Buffer) => Promise<void>,
): Promise<SealedHeader> {
  let header: SealedHeader | undefined;
  const hash = createHash('sha256');
  for (;;) {
    const sealed = await readPart(source);
    if (!sealed) break;
    const part = sodium.unseal(sealed, secretKey);
    if (!part) throw new Error('the file is damaged, or sealed for another key');
    if (header) {
      hash.update(part);
      await write(part);
    } else header = JSON.parse(part.toString()) as SealedHeader;
  }
  if (header?.sha256 !== hash.digest('hex')) throw new Error('the file is damaged');
  return header;
}

async function readPart(source: FileHandle): Promise<Buffer | undefined> {
  const length = await readExactly(source, LENGTH_BYTES);
  if (!length) return undefined;
  const size = length.readUInt32BE();
  const part = size > LARGEST_PART ? undefined : await readExactly(source, size);
  if (!part) throw new Error('the file is damaged');
  return part;
}

/** Reads so many bytes; undefined at the end of the file. */
async function readExactly(source: FileHandle, bytes: number): Promise<Buffer | undefined> {
  const { bytesRead, buffer } = await source.read(Buffer.alloc(bytes), 0, bytes);
  return bytesRead === bytes ? buffer : undefined;
}
