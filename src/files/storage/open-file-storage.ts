import { type Clock } from '../../foundation/clock.js';
import { type Settings } from '../../foundation/config/settings.js';
import { type Meters } from '../../foundation/metrics/meters.service.js';
import { FilePlaces } from './file-places.js';
import { type FileStorage } from './file-storage.js';
import { IncomingFolder } from './incoming-folder.js';
import { LocalFileStorage } from './local-file-storage.js';
import { type S3FileStorage } from './s3-file-storage.js';

/** The places where a community keeps its files. */
export interface OpenStorage {
  /** All of them as one. */
  readonly all: FileStorage;
  readonly folder: LocalFileStorage;
  /** Undefined without S3_BUCKET. */
  readonly store: S3FileStorage | undefined;
  /** Closes connections that wait for further requests. */
  close(): void;
}

/** The things that an {@link OpenStorage} works with. */
export interface StorageParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly incoming: IncomingFolder;
  /** Where a server shows how its store does; a command has none. */
  readonly meters?: Meters;
}

/** Opens the storage that the settings name. Nothing of S3 is loaded unless they name a bucket. */
export async function openStorage({ settings, clock, incoming, meters }: StorageParts): Promise<OpenStorage> {
  const folder = new LocalFileStorage(settings, clock, incoming);
  await folder.make();
  await incoming.make();
  if (settings.s3Bucket === undefined)
    return { all: folder, folder, store: undefined, close: () => undefined };
  const { openStore } = await import('./open-store.js');
  const { storage: store, close } = openStore({ settings, clock, incoming, meters });
  const target = settings.fileStorage === 's3' ? store : folder;
  return { all: new FilePlaces(folder, store, target), folder, store, close };
}

/** Runs a command's work with the storage of a community, without its other services. */
export async function withStorage<T>(
  settings: Settings,
  clock: Clock,
  work: (storage: OpenStorage) => Promise<T>,
): Promise<T> {
  const storage = await openStorage({ settings, clock, incoming: new IncomingFolder(settings, clock) });
  try {
    return await work(storage);
  } finally {
    storage.close();
  }
}
