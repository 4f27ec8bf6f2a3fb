import { statfs } from 'node:fs/promises';

/** Bytes of the file system on which a folder lies: those that this process may still take, and all of them. */
export async function diskSpace(folder: string): Promise<{ free: number; size: number }> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, size: blocks * bsize };
}
