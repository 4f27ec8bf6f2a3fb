import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';

/** One entry of a backup. */
export interface PackedEntry {
  name: string;
  bytes: Buffer;
}

/** The entries of a backup, in order. */
export async function unpack(archive: string): Promise<PackedEntry[]> {
  const entries: PackedEntry[] = [];
  for await (const entry of createReadStream(archive).pipe(extract())) {
    entries.push({ name: entry.header.name, bytes: await buffer(entry) });
  }
  return entries;
}

/** Writes entries as a backup whose last one, the manifest, says the right checksum of all before it. */
export async function repack(archive: string, entries: readonly PackedEntry[]): Promise<void> {
  const ledger = createHash('sha256');
  const tar = pack();
  for (const { name, bytes } of entries) {
    if (name !== 'manifest.json') {
      ledger.update(`${name}\n${bytes.length}\n${createHash('sha256').update(bytes).digest('hex')}\n`);
      tar.entry({ name }, bytes);
      continue;
    }
    const manifest = JSON.parse(bytes.toString()) as object;
    tar.entry({ name }, JSON.stringify({ ...manifest, entries_sha256: ledger.digest('hex') }));
  }
  tar.finalize();
  await writeFile(archive, await buffer(tar));
}
