import { column } from '../../src/foundation/database/columns.js';
import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ChangeFeed } from '../../src/foundation/database/change-feed.js';
import { Database } from '../../src/foundation/database/database.js';
import { directAddress } from '../../src/foundation/database/database-address.js';
import { DatabaseModule } from '../../src/foundation/database/database.module.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { MetricsModule } from '../../src/foundation/metrics/metrics.module.js';
import { openDatabase } from '../support/open-database.js';

@Injectable()
class LastWords implements OnApplicationShutdown {
  constructor(
    readonly database: Database,
    readonly feed: ChangeFeed,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.transact((transaction) => transaction.run(`INSERT INTO words VALUES ('goodbye')`));
  }
}

@Module({ providers: [LastWords] })
class TalkativeModule {}

describe('the database module', () => {
  let testDatabase: TestDatabase;

  beforeAll(async () => {
    testDatabase = await createDatabase();
  });

  afterAll(async () => {
    await testDatabase.drop();
  });

  it('serves every module, and stays open until the last of them has written', async () => {
    const observer = await openDatabase(testDatabase.url, 1);
    await observer.database.transact((transaction) => transaction.run('CREATE TABLE words (word text)'));
    @Module({
      imports: [
        MetricsModule,
        DatabaseModule.forRoot({ ...directAddress(testDatabase.url), poolSize: 2, entities: [] }),
        TalkativeModule,
      ],
    })
    class RootModule {}
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest documents a literal here.
    const app = await NestFactory.createApplicationContext(RootModule, { logger: false });
    expect(app.get(ChangeFeed).isListening).toBe(true);
    await app.close();
    await expect(observer.database.rows({ word: column.text }, 'SELECT word FROM words')).resolves.toEqual([
      { word: 'goodbye' },
    ]);
    const others = await observer.database.exists(`SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`);
    expect(others).toBe(false);
    await observer.close();
  });
});
