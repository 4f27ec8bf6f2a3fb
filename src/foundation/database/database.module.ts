import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChangeFeed } from './change-feed.js';
import { type DatabaseOptions, dataSourceOptions } from './data-source.js';
import { DatabaseMeters } from './database-meters.service.js';
import { CHANGE_TELLER } from './change-teller.js';
import { Database } from './database.js';
import { Outage } from './outage.js';
import { Peers } from './peers.service.js';

/**
 * Makes the database and its change feed injectable everywhere, and closes them last when the process stops: in
 * `onApplicationShutdown`, after that hook of every module that uses them.
 */
@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    const outage = new Outage();
    return {
      module: DatabaseModule,
      global: true,
      // Whoever starts this process decides whether to try again.
      imports: [TypeOrmModule.forRoot({ ...dataSourceOptions(options, outage), toRetry: () => false })],
      providers: [
        Database,
        {
          provide: Peers,
          inject: [ChangeFeed],
          useFactory: (feed: ChangeFeed) => new Peers(feed, options.hasPeers ?? false),
        },
        { provide: CHANGE_TELLER, useExisting: Peers },
        DatabaseMeters,
        { provide: ChangeFeed, useFactory: () => new ChangeFeed(options.url, outage) },
      ],
      exports: [Database, ChangeFeed, CHANGE_TELLER, Peers],
    };
  }
}
