import { type DynamicModule, Module } from '@nestjs/common';
import { FoundationModule, type ProcessResources } from './foundation.module.js';
import { HealthModule } from './health/health.module.js';

/** The server: the list of its modules. */
@Module({})
export class AppModule {
  static forRoot(resources: ProcessResources): DynamicModule {
    return {
      module: AppModule,
      imports: [FoundationModule.forRoot(resources), HealthModule],
    };
  }
}
