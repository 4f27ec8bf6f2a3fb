import { Injectable } from '@nestjs/common';
import { type Pool } from 'pg';
import { DataSource } from 'typeorm';
import { Meters } from '../metrics/meters.service.js';
import { Database } from './database.js';
import { poolOf } from './driver.js';

/** Shows how busy the database and the connections to it are. */
@Injectable()
export class DatabaseMeters {
  constructor(meters: Meters, database: Database, dataSource: DataSource) {
    const pool = (): Pool => poolOf(dataSource);
    const connections = meters.gauge({
      name: 'plaza_database_connections',
      help: 'Connections of the pools, by what they are doing.',
      labels: ['state'],
    });
    connections.watch(() => pool().idleCount, 'idle');
    connections.watch(() => pool().totalCount - pool().idleCount, 'busy');
    meters
      .gauge({ name: 'plaza_database_waiting', help: 'Requests that wait for a connection to become free.' })
      .watch(() => pool().waitingCount);
    meters
      .counter({
        name: 'plaza_database_statements_total',
        help: 'SQL statements sent, without BEGIN and COMMIT.',
      })
      .watch(() => database.statistics().statements);
    meters
      .counter({
        name: 'plaza_database_retries_total',
        help: 'Transactions begun again because they collided with others.',
      })
      .watch(() => database.statistics().retries);
  }
}
