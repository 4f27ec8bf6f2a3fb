import { rm, statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { IncomingFolder } from './incoming-folder.js';

/** The disk that holds uploads. */
@Injectable()
export class Disk {
  constructor(
    private readonly settings: Settings,
    private readonly incoming: IncomingFolder,
  ) {}

  /** Bytes that this process may still write. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.settings.dataDir);
    return bavail * bsize;
  }

  /** Writes a small file and removes it; rejects when that does not work. */
  async tryWriting(): Promise<void> {
    await rm(await this.incoming.write((file) => file.writeFile('Plaza was here\n')));
  }
}
