import { readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder } from './make-folder.js';

const runningServerSchema = z.object({
  /** Where it listens, from the same machine; no trailing slash. */
  url: z.url(),
  /** Its supervisor's process id. */
  pid: z.int().positive(),
});

/** The contents of `DATA_DIR/server.json`: facts about a server that runs on this data folder. */
export type RunningServer = z.infer<typeof runningServerSchema>;

function fileIn(dataDir: string): string {
  return join(dataDir, 'server.json');
}

/** Announces a running server to other processes, which see all of the file or none of it. */
export async function writeRunningServer(dataDir: string, server: RunningServer): Promise<void> {
  const unfinished = `${fileIn(dataDir)}.${server.pid}.tmp`;
  await makeFolder(dataDir);
  await writeFile(unfinished, `${JSON.stringify(server)}\n`);
  await rename(unfinished, fileIn(dataDir));
}

/** The server last announced here, or undefined; after a crash it may be gone. */
export async function readRunningServer(dataDir: string): Promise<RunningServer | undefined> {
  try {
    return runningServerSchema.parse(JSON.parse(await readFile(fileIn(dataDir), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Takes back the announcement of the server with this pid, and no other's. */
export async function removeRunningServer(dataDir: string, pid: number): Promise<void> {
  if ((await readRunningServer(dataDir))?.pid === pid) await unlink(fileIn(dataDir));
}
