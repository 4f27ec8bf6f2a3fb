import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from './config/config.module.js';
import type { Settings } from './config/settings.js';
import { DatabaseModule } from './database/database.module.js';
import { IdentityModule } from './identity/identity.module.js';
import type { ServerIdentity } from './identity/server-identity.js';
import { MetricsModule } from './metrics/metrics.module.js';

/** What a process of Plaza is given before any module exists. */
export interface ProcessResources {
  readonly settings: Settings;
  readonly identity: ServerIdentity;
  /** The PostgreSQL to use: DATABASE_URL, or the embedded one's address. */
  readonly databaseUrl: string;
}

/** What every process of Plaza stands on, be it a worker or a command. */
@Module({})
export class FoundationModule {
  static forRoot({ settings, identity, databaseUrl }: ProcessResources): DynamicModule {
    return {
      module: FoundationModule,
      imports: [
        ConfigModule.forRoot(settings),
        MetricsModule,
        IdentityModule.forRoot(identity),
        DatabaseModule.forRoot({
          url: databaseUrl,
          poolSize: settings.databasePoolSize,
          hasPeers: settings.workers > 1,
        }),
      ],
    };
  }
}
