import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** Where a process on Linux finds what its descriptors stand for, whatever folders lie above. */
const DESCRIPTORS = '/proc/self/fd';
/** A child's first descriptor after its input, output and errors. */
const FIRST = 3;

/** Files and folders that a child process gets as descriptors, because its user may not pass the folders above them. */
export interface FileHandles {
  /** To be added to the child's `stdio`. */
  readonly descriptors: readonly number[];
  /** The child's paths, in the order in which they were opened. */
  readonly paths: readonly string[];
  /** Closes ours; the child keeps its own. */
  close(): Promise<void>;
}

/** True where a path of {@link FileHandles} works: on Linux. */
export function canHandOver(): boolean {
  return process.platform === 'linux' && existsSync(DESCRIPTORS);
}

/** True for a path of {@link FileHandles}. */
export function isHandedOver(path: string): boolean {
  return path.startsWith(`${DESCRIPTORS}/`);
}

/** Opens what a child is to reach. */
export async function handOver(paths: readonly string[]): Promise<FileHandles> {
  const opened = await Promise.all(paths.map((path) => open(path, 'r')));
  return {
    descriptors: opened.map(({ fd }) => fd),
    paths: opened.map((_, index) => `${DESCRIPTORS}/${FIRST + index}`),
    close: async () => {
      await Promise.all(opened.map((handle) => handle.close()));
    },
  };
}

/** For a child that reaches everything by its ordinary paths. */
export function asTheyAre(paths: readonly string[]): FileHandles {
  return { descriptors: [], paths, close: () => Promise.resolve() };
}
