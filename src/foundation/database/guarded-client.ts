import pg from 'pg';
import { type Outage } from './outage.js';

/**
 * Connections for serving, all of which keep to what one process knows of an outage.
 * @returns a class to use instead of `pg.Client`; its `connect` rejects without an attempt as {@link Outage} decides
 */
export function guardedClient(outage: Outage): typeof pg.Client {
  return class extends pg.Client {
    constructor(config?: pg.ClientConfig) {
      super(config);
      // A connection can fail more than once: a PostgreSQL that dies says so, and the socket breaks after that. The pool
      // listens to the first error alone, and the second would end the process. Statements under way are told by their
      // promises either way.
      this.on('error', () => undefined);
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: (error: Error | null) => void): void;
    override connect(callback?: (error: Error | null) => void): Promise<pg.Client> | void {
      const connecting = outage.connect(() => super.connect());
      if (!callback) return connecting;
      connecting.then(() => {
        callback(null);
      }, callback);
    }
  };
}
