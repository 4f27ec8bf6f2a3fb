import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChangeFeed } from './change-feed.js';
import { CHANGE_TELLER } from './change-teller.js';
import { type DatabaseOptions, dataSourceOptions } from './data-source.js';
import { isPooled } from './database-address.js';
import { DatabaseMeters } from './database-meters.service.js';
import { Database } from './database.js';
import { Outage } from './outage.js';
import { Peers } from './peers.service.js';
import { StatementNames } from './statement-names.js';

/**
 * Makes the database and its change feed injectable everywhere, and closes them last when the process stops: in
 * `onApplicationShutdown`, after that hook of every module that uses them.
 */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  static forRoot(options: DatabaseOptions): DynamicModule {
    const outage = new Outage();
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: DataSource,
          useFactory: () => new DataSource(dataSourceOptions(options, outage)).initialize(),
        },
        Database,
        { provide: StatementNames, useFactory: () => new StatementNames(isPooled(options) ? 0 : undefined) },
        {
          provide: Peers,
          inject: [ChangeFeed],
          useFactory: (feed: ChangeFeed) => new Peers(feed, options.hasPeers ?? false),
        },
        { provide: CHANGE_TELLER, useExisting: Peers },
        DatabaseMeters,
        { provide: ChangeFeed, useFactory: () => new ChangeFeed(options.directUrl, outage) },
      ],
      exports: [DataSource, Database, ChangeFeed, CHANGE_TELLER, Peers],
    };
  }

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
