import { join } from 'node:path';
import { copyFixture, type FreshFixture } from '../import/support/fixture.js';
import { changeDatabase, dropTriggers } from '../import/support/large-fixture.js';
import { type CommandResult } from './community.js';
import { createDatabase } from './database.js';
import { installServer, type TestServer } from './server.js';

/** A copy of a pysogs server's folder, and an installation without a community to move it to. */
export class OldCommunity {
  private constructor(
    readonly fixture: FreshFixture,
    readonly server: TestServer,
  ) {}

  /**
   * @param migrated whether the installation's database has Plaza's tables already, which spares each import to make
   * them; see `createDatabase`
   */
  static async make({ migrated = false } = {}): Promise<OldCommunity> {
    return new OldCommunity(
      await copyFixture(),
      await installServer({ database: await createDatabase({ migrated }) }),
    );
  }

  /** The folder that the old server ran in. */
  get folder(): string {
    return this.fixture.folder;
  }

  /** Runs `plaza import pysogs` on it. */
  import(...options: string[]): Promise<CommandResult> {
    return this.server.plaza('import', 'pysogs', '--db', join(this.folder, 'sogs.db'), ...options);
  }

  /** As {@link import}, which must succeed. */
  async imported(...options: string[]): Promise<CommandResult> {
    const result = await this.import(...options);
    if (result.code !== 0) throw new Error(`The import ended with ${result.code}: ${result.stderr}`);
    return result;
  }

  /** Changes its database; its triggers are gone then, and keep no order in it any more. */
  change(sql: string): void {
    changeDatabase(join(this.folder, 'sogs.db'), (database) => {
      dropTriggers(database);
      database.exec(sql);
    });
  }

  async remove(): Promise<void> {
    await this.server.stop();
    await this.fixture.remove();
  }
}
