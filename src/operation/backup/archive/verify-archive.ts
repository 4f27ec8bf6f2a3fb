import { createHash, type Hash } from 'node:crypto';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type BackupHeader,
  FORMAT,
  HEADER_NAME,
  headerSchema,
  MANIFEST_NAME,
  manifestSchema,
  storageKeyOf,
  tableOf,
} from './archive-format.js';
import { type ArchiveEntry, ArchiveReader } from './archive-reader.js';
import { type ArchiveSource } from './archive-source.js';

/** The contents of an archive that has been compared with its checksums. */
export interface VerifiedArchive {
  readonly header: BackupHeader;
  readonly files: number;
}

/**
 * Reads an archive to its end and compares all of it with its checksums, as a restore does.
 * @throws BackupError when it is not whole
 */
export async function verifyArchive(source: ArchiveSource, stopping?: AbortSignal): Promise<VerifiedArchive> {
  const reader = new ArchiveReader(source);
  let header: BackupHeader | undefined;
  let files = 0;
  const tables = new Map<string, Hash>();
  for await (const entry of reader.entries()) {
    stopping?.throwIfAborted();
    if (!header) {
      if (entry.name !== HEADER_NAME) throw reader.broken(`it has no ${HEADER_NAME}`);
      header = await reader.json(entry, headerSchema);
      if (header.format !== FORMAT) throw reader.broken(`it has format ${header.format}`);
      continue;
    }
    if (entry.name === MANIFEST_NAME) {
      const manifest = await reader.json(entry, manifestSchema);
      const isWhole =
        reader.seal() === manifest.entries_sha256 &&
        header.tables.every(({ name }) => sumOf(tables.get(name)) === manifest.tables[name]) &&
        files + manifest.missing.length === header.files;
      if (isWhole) return { header, files };
      throw reader.broken('its checksum is wrong');
    }
    const table = tableOf(entry.name);
    if (table === undefined) await readAll(entry);
    else {
      const hash = tables.get(table) ?? createHash('sha256');
      tables.set(table, hash);
      hash.update(await entry.bytes());
    }
    if (storageKeyOf(entry.name) !== undefined) files++;
  }
  throw reader.broken('it was cut short');
}

function sumOf(hash: Hash | undefined): string {
  return (hash ?? createHash('sha256')).digest('hex');
}

async function readAll(entry: ArchiveEntry): Promise<void> {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  await entry.stream((content: Readable) => pipeline(content, nowhere));
}
