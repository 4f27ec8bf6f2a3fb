import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { type DatabaseOptions, dataSourceOptions } from './data-source.js';
import { Database } from './database.js';

/** Makes the database injectable everywhere, and closes it last when the process stops. */
@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      // Whoever starts this process decides whether to try again.
      imports: [TypeOrmModule.forRoot({ ...dataSourceOptions(options), toRetry: () => false })],
      providers: [Database],
      exports: [Database],
    };
  }
}
