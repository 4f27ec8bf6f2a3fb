import { type INestApplicationContext } from '@nestjs/common';
import type * as feeds from '../../src/foundation/database/change-feed.js';
import type * as contexts from '../../src/operation/cli/command-context.js';
import { type ProcessResources } from '../../src/records/records.module.js';
import { type Logger } from 'pino';
import { compiled } from './compiled.js';

/** Milliseconds that the database may take to say what has changed. */
const PATIENCE = 60_000;

/**
 * The services that `plaza` commands of one community call, opened once for all of them: to open them takes ten times
 * as long as a command, and suites run hundreds. They are apart from those of the server, as the command is.
 */
export class Operator {
  private opened: { by: string; services: Promise<INestApplicationContext> } | undefined;

  constructor(private readonly log: Logger) {}

  /** For `Surroundings.lend`: a command sees everything that was written before it, as if it had cached nothing. */
  async lend<T>(
    resources: ProcessResources,
    work: (services: INestApplicationContext) => Promise<T>,
  ): Promise<T> {
    const { ChangeFeed } = await compiled<typeof feeds>('foundation/database/change-feed.js');
    const services = await this.servicesFor(resources);
    await services.get(ChangeFeed).catchUp(PATIENCE, 0);
    return work(services);
  }

  async close(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    const services = await opened?.services.catch(() => undefined);
    await services?.close();
  }

  /** The services are opened anew when settings or the server's key have changed. */
  private async servicesFor(resources: ProcessResources): Promise<INestApplicationContext> {
    const by = JSON.stringify([resources.settings, resources.identity.publicKeyHex, resources.database]);
    if (this.opened?.by !== by) {
      await this.close();
      const { openServices } = await compiled<typeof contexts>('operation/cli/command-context.js');
      const services = openServices(resources, this.log);
      this.opened = { by, services };
      // The next command tries again.
      services.catch(() => (this.opened = undefined));
    }
    return this.opened.services;
  }
}
