import { type Clock } from '../../foundation/clock.js';
import { type Settings } from '../../foundation/config/settings.js';
import { type FileStorage } from './file-storage.js';
import { IncomingFolder } from './incoming-folder.js';
import { LocalFileStorage } from './local-file-storage.js';

/** The storage of a community for commands that work without its other services. */
export async function openLocalFileStorage(settings: Settings, clock: Clock): Promise<FileStorage> {
  const incoming = new IncomingFolder(settings, clock);
  const storage = new LocalFileStorage(settings, clock, incoming);
  await storage.onModuleInit();
  await incoming.onModuleInit();
  return storage;
}
